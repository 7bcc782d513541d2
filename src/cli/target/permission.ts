import { readFileSync } from 'node:fs';
import { isInInnerNamespace } from '../../os/linux/pid-namespace.js';
import { readProcFile } from '../../os/linux/proc-file.js';
import type { NodeProcess } from './node-process.js';
import { userName } from './target-error.js';

/**
 * What may be refused of another process. `read`: its environment, its descriptors, its directories. `attach`: its memory, the
 * system calls that it is in. `signal`: to send it one.
 */
export type Right = 'read' | 'attach' | 'signal';

/** What decides over it. */
export interface Situation {
  /** The effective user of the process, and our own. */
  uid: number;
  ownUid: number;
  /** Whether we have the capability that overrides all but security modules: that of {@link CAPABILITIES}. */
  isCapable: boolean;
  /** `kernel.yama.ptrace_scope`; 0 where the kernel has none. */
  ptraceScope: number;
  /** It is in a namespace of process ids that we are not in. */
  isInContainer: boolean;
}

/** Their numbers are those of the bits in `CapEff`. */
const CAPABILITIES: { readonly [R in Right]: { name: string; number: number } } = {
  read: { name: 'SYS_PTRACE', number: 19 },
  attach: { name: 'SYS_PTRACE', number: 19 },
  signal: { name: 'KILL', number: 5 },
};

/** Why a right to a process was refused, and what would give it; one line that follows on what was refused. */
export function explainRefusal(target: Pick<NodeProcess, 'pid' | 'uid'>, right: Right): string {
  const status = readProcFile(`/proc/${target.pid}/status`);
  return explainSituation(right, {
    uid: target.uid,
    ownUid: process.geteuid?.() ?? -1,
    isCapable: hasCapability(CAPABILITIES[right].number),
    ptraceScope: readPtraceScope(),
    isInContainer: status.error === undefined && isInInnerNamespace(status.text),
  });
}

/** {@link explainRefusal}, in order: what would not help whatever else was changed comes first. */
export function explainSituation(right: Right, situation: Situation): string {
  const { uid, ownUid, isCapable, isInContainer } = situation;
  // Yama has a say in attaching only, not in reading.
  const scope = right === 'attach' ? situation.ptraceScope : 0;
  const container = isInContainer ? ', in a container,' : '';
  if (scope === 3)
    return 'kernel.yama.ptrace_scope is 3: no process may look into another one, until the machine is booted without that';
  if (ownUid !== uid && ownUid !== 0) {
    const whom = scope > 0 ? 'root' : 'that user or as root';
    return `it belongs to ${userName(uid)}${container} and guru runs as ${userName(ownUid)}: run guru as ${whom}`;
  }
  if (isCapable)
    return 'the kernel refuses it even to root: by a security module (AppArmor, SELinux), or since guru runs in a container and the process does not';
  if (ownUid === 0) {
    const { name } = CAPABILITIES[right];
    return `guru lacks CAP_${name}: give its container that capability (docker run --cap-add ${name}), or run it on the host`;
  }
  if (scope > 0) {
    const who = scope === 1 ? 'a parent of the process or root' : 'root';
    return `kernel.yama.ptrace_scope is ${scope}: only ${who} may look into it; run guru as root, or sysctl kernel.yama.ptrace_scope=0`;
  }
  return right === 'signal'
    ? 'it is your own, but a sandbox or a security module forbids it'
    : 'it is your own, but has changed its user since its start, or has capabilities: run guru as root';
}

function hasCapability(number: number): boolean {
  const status = readProcFile('/proc/self/status');
  const mask = status.error === undefined ? /^CapEff:\t([0-9a-f]+)$/m.exec(status.text)?.[1] : undefined;
  return mask !== undefined && (BigInt(`0x${mask}`) & (1n << BigInt(number))) !== 0n;
}

function readPtraceScope(): number {
  try {
    return Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8'));
  } catch {
    return 0; // a kernel without Yama
  }
}
