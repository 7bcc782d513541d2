import { readProcFile } from '../../../os/linux/proc-file.js';
import { userName } from '../../target/target-error.js';
import { readKernelSetting, type OutsideProcess } from './outside-process.js';

/** `CAP_SYS_PTRACE` among the effective capabilities of `/proc/self/status`. */
const CAP_SYS_PTRACE = 19;

/** Why another process may not be looked into, and what would give it; one line. */
export function explainNoAccess(target: OutsideProcess): string {
  const own = process.geteuid?.() ?? -1;
  const container =
    target.sharesNamespace('user') === false ? ', in another user namespace (a container?)' : '';
  if (target.uid !== own && own !== 0) {
    return `process ${target.pid} belongs to ${userName(target.uid)}${container}, and guru runs as ${userName(own)}: run guru as that user or as root`;
  }
  const scope = Number(readKernelSetting('kernel/yama/ptrace_scope') ?? 0);
  if (scope === 3) {
    return 'kernel.yama.ptrace_scope is 3: no process may look into another one until the machine is booted without that';
  }
  if (hasPtraceCapability()) {
    return `the kernel refuses it even to root: a security module (AppArmor, SELinux), or a container without its own say${container}`;
  }
  if (own === 0) {
    return `guru lacks CAP_SYS_PTRACE: give its container that capability (docker run --cap-add SYS_PTRACE), or run it on the host${container}`;
  }
  if (scope > 0) {
    const who = scope === 1 ? 'a parent of the process or root' : 'root';
    return `kernel.yama.ptrace_scope is ${scope}: only ${who} may look into it; run guru as root, or sysctl kernel.yama.ptrace_scope=0`;
  }
  return `the process is not dumpable (it changed its user or has capabilities)${container}: run guru as root`;
}

function hasPtraceCapability(): boolean {
  const status = readProcFile('/proc/self/status');
  const mask = status.error === undefined ? /^CapEff:\t([0-9a-f]+)$/m.exec(status.text)?.[1] : undefined;
  return mask !== undefined && (BigInt(`0x${mask}`) & (1n << BigInt(CAP_SYS_PTRACE))) !== 0n;
}
