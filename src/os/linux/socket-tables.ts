import { endianness } from 'node:os';
import type { FileDescriptor } from '../../report/schema.js';

/** Parsers of the lines of `/proc/PID/net/{tcp,tcp6,udp,udp6,unix}`. */

export type SocketEnds = NonNullable<FileDescriptor['socket']>;

export type InetProtocol = 'tcp' | 'tcp6' | 'udp' | 'udp6';

const TCP_STATES: readonly (string | undefined)[] = [
  undefined,
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
];

/** One line of a `tcp` or `udp` table; `null` where it is of another socket or is the heading. */
export function parseInetSocket(line: string, protocol: InetProtocol, inode: string): SocketEnds | null {
  const fields = line.trim().split(/\s+/);
  const [, local, remote, state] = fields;
  if (fields[9] !== inode || !local || !remote || !state) return null;
  return {
    protocol,
    local: address(local),
    // The kernel shows port 0 where there is no other end.
    remote: remote.endsWith(':0000') ? '*' : address(remote),
    state: stateName(Number.parseInt(state, 16), protocol),
  };
}

function stateName(state: number, protocol: InetProtocol): string {
  // A UDP socket has TCP's numbers: it is in CLOSE until it is connected.
  if (protocol.startsWith('udp') && state === 7) return 'UNCONNECTED';
  return TCP_STATES[state] ?? `state ${state}`;
}

/** `0100007F:1F90` → `127.0.0.1:8080`; of IPv6 → `[::1]:8080`. */
function address(text: string): string {
  const [hex = '', port = ''] = text.split(':');
  const bytes = addressBytes(hex);
  const number = Number.parseInt(port, 16);
  return bytes.length === 4 ? `${bytes.join('.')}:${number}` : `[${formatIpv6(bytes)}]:${number}`;
}

/** The kernel prints each 32 bits as a number of the machine's own byte order. */
function addressBytes(hex: string, order: 'LE' | 'BE' = endianness()): number[] {
  const bytes = [...Buffer.from(hex, 'hex')];
  if (order === 'BE') return bytes;
  return bytes.map((_, at) => bytes[(at & ~3) + 3 - (at & 3)] ?? 0);
}

/** In the form that RFC 5952 recommends; an IPv4 address inside is shown as one. */
function formatIpv6(bytes: readonly number[]): string {
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return `::ffff:${bytes.slice(12).join('.')}`;
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2)
    groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  const { start, length } = longestZeroRun(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

const UNIX_TYPES: Readonly<Record<string, string>> = {
  '0001': 'stream',
  '0002': 'dgram',
  '0005': 'seqpacket',
};
const UNIX_STATES: Readonly<Record<string, string>> = {
  '01': 'UNCONNECTED',
  '02': 'CONNECTING',
  '03': 'CONNECTED',
  '04': 'DISCONNECTING',
};
/** `SO_ACCEPTCON` among the flags: somebody listens. */
const ACCEPTS_CONNECTIONS = 0x10000;

/** One line of the `unix` table; `null` where it is of another socket or is the heading. */
export function parseUnixSocket(line: string, inode: string): SocketEnds | null {
  // Num RefCount Protocol Flags Type St Inode [Path]; the path may contain spaces, `@` stands for abstract ones.
  const match = /^\S+: \S+ \S+ (\S+) (\S+) (\S+) +(\d+)(?: (.*))?$/.exec(line);
  if (match?.[4] !== inode) return null;
  const [, flags = '', type = '', state = '', , path] = match;
  const listens = (Number.parseInt(flags, 16) & ACCEPTS_CONNECTIONS) !== 0;
  return {
    protocol: `unix ${UNIX_TYPES[type] ?? type}`,
    local: path ?? '(unnamed)',
    // The table does not say which socket is at the other end.
    remote: listens || state === '01' ? '*' : '(not known)',
    state: listens ? 'LISTEN' : (UNIX_STATES[state] ?? `state ${state}`),
  };
}
