/** Secrets in command lines: in argument vectors, and in the shell strings that `sh -c` and `execSync` are given. */
import { NO_SECRET } from './mask-patterns.js';
import type { Classify } from './mask-named.js';
import { MASKED } from './schema.js';

/** Where a program takes a secret that its flag's name does not announce. Flags are matched exactly. */
interface ProgramFlags {
  program: RegExp;
  /** `-p secret`, `-psecret`. */
  separate?: readonly string[];
  /** `-psecret` only: with a space, the next argument is something else (mysql's database). */
  attached?: readonly string[];
  /** `-u user:secret` and `-uuser:secret`: what follows the first of these characters is masked. */
  credentials?: { flags: readonly string[]; separator: RegExp };
  /** The rule holds if this is among the arguments. */
  only?: string;
  /** Another command follows, whose flags are its own. */
  wraps?: true;
}

/** Only programs for which the flag means nothing else. */
const PROGRAMS: readonly ProgramFlags[] = [
  {
    program: /^(?:mysql|mariadb)(?:dump|admin|import|show|check|slap|binlog|sh|-[a-z]+)?$/,
    attached: ['-p'],
  },
  { program: /^7z[az]?$/, attached: ['-p'] },
  { program: /^sshpass$/, separate: ['-p'], wraps: true },
  { program: /^mongo(?:sh|dump|restore|export|import|stat|top)?$/, separate: ['-p'] },
  { program: /^(?:redis|valkey)-cli$/, separate: ['-a'] },
  { program: /^ldap(?:search|modify|add|delete|passwd|whoami|compare)$/, separate: ['-w'] },
  { program: /^(?:sqlcmd|bcp|isql|tsql|ipmitool|unzip|zip|mosquitto_pub|mosquitto_sub)$/, separate: ['-P'] },
  { program: /^cqlsh$/, separate: ['-p'] },
  { program: /^snmp(?:walk|get|set|bulkwalk|bulkget|getnext|table)$/, separate: ['-c', '-A', '-X'] },
  { program: /^openssl$/, separate: ['-k', '-K', '-passin', '-passout', '-pass'] },
  { program: /^(?:docker|podman|nerdctl|buildah|skopeo|helm|oras|oc|az)$/, separate: ['-p'], only: 'login' },
  {
    program: /^curl$/,
    separate: ['-b'],
    credentials: { flags: ['-u', '--user', '-U', '--proxy-user'], separator: /:/ },
  },
  { program: /^(?:smbclient|rpcclient)$/, credentials: { flags: ['-U', '--user'], separator: /%/ } },
  { program: /^lftp$/, credentials: { flags: ['-u'], separator: /[:,]/ } },
];

const PROGRAM_START =
  'mysql|mariadb|7z|sshpass|mongo|redis-cli|valkey-cli|ldap|sqlcmd|bcp|isql|tsql|ipmitool|unzip|zip|mosquitto|cqlsh|' +
  'snmp|openssl|docker|podman|nerdctl|buildah|skopeo|helm|oras|oc|az|curl|smbclient|rpcclient|lftp';
/** Cheap, and true for much that is no program of the list: what does not pass need not be looked at more closely. */
const MAY_BE_PROGRAM = new RegExp(`^(?:${PROGRAM_START})`);
const MENTIONS_PROGRAM = new RegExp(`\\b(?:${PROGRAM_START})`);

/**
 * Masks the secrets of an argument vector.
 *
 * @param text masks an argument that is no secret as a whole, by value
 */
export function maskArguments(
  argv: readonly string[],
  classify: Classify,
  text: (argument: string) => string,
): string[] {
  const out: string[] = [];
  let program: ProgramFlags | undefined;
  for (const [i, argument] of argv.entries()) {
    const value = valueOfFlag(argv, i, classify, program);
    if (value === null) {
      if (program?.wraps === true && !argument.startsWith('-')) program = undefined;
      program = programAt(argv, i) ?? program;
    }
    // What follows -c is a command, which may begin with an assignment and go on.
    const assigned = argv[i - 1] === '-c' ? null : assignment(argument, classify);
    out.push(value ?? assigned ?? attached(argument, program) ?? text(argument));
  }
  return out;
}

function programAt(argv: readonly string[], i: number): ProgramFlags | undefined {
  const name = baseName(argv[i] ?? '');
  if (!MAY_BE_PROGRAM.test(name)) return undefined;
  return PROGRAMS.find(
    (entry) => entry.program.test(name) && (entry.only === undefined || argv.includes(entry.only)),
  );
}

/** The argument at `i` as the value of the flag before it; `null` where it is not, or is no secret. */
function valueOfFlag(
  argv: readonly string[],
  i: number,
  classify: Classify,
  program: ProgramFlags | undefined,
): string | null {
  const argument = argv[i] ?? '';
  const flag = argv[i - 1] ?? '';
  // `aws configure set aws_secret_access_key x`
  const isSet = argv[i - 2] === 'set' && /^[\w./:@-]{1,200}$/.test(flag);
  if (isSet && classify(flag) !== null) return maskedOr(argument);
  if (!/^--?[A-Za-z][\w.:-]*$/.test(flag) || attached(flag, program) !== null) return null;
  if (program?.separate?.includes(flag) === true) return maskedOr(argument);
  const credentials = program?.credentials;
  // Letters may be joined to the flag's: `curl -fsSu user:secret`.
  if (credentials?.flags.includes(flag.replace(/^-\w{1,8}(?=\w$)/, '-')) === true) {
    return afterSeparator(argument, credentials.separator);
  }
  // One dash and one letter is never the name of a secret. What begins with a dash is the next flag, unless it is
  // longer than those with one dash are.
  const name = flag.replace(/^--?/, '');
  if (name.length < 2 || name.startsWith('no-') || /^-(?:-|.{0,6}$)/s.test(argument)) return null;
  return classify(name) === null ? null : maskedOr(argument);
}

/** `NAME=value`, `--name=value`, `-Dname=value`, `/name:value`: the rest of the argument is the value. */
function assignment(argument: string, classify: Classify): string | null {
  const match = /^((?:--?|\/)?[\w.-]{1,200})(=|:(?=[^\s/]))/.exec(argument);
  const name = match?.[1];
  if (match === null || name === undefined) return null;
  if (match[2] === ':' && !name.startsWith('/')) return null;
  if (classify(name) === null) return null;
  return match[0] + maskedOr(argument.slice(match[0].length));
}

function attached(argument: string, program: ProgramFlags | undefined): string | null {
  for (const flag of [...(program?.attached ?? []), ...(program?.separate ?? [])]) {
    if (/^-\w$/.test(flag) && argument.startsWith(flag) && argument.length > flag.length)
      return flag + MASKED;
  }
  const credentials = program?.credentials;
  for (const flag of credentials?.flags ?? []) {
    const prefix = flag.startsWith('--') ? `${flag}=` : flag;
    if (credentials === undefined || argument.startsWith('--') !== flag.startsWith('--')) continue;
    if (argument.startsWith(prefix) && argument.length > prefix.length) {
      const masked = afterSeparator(argument.slice(prefix.length), credentials.separator);
      if (masked !== null) return prefix + masked;
    }
  }
  return null;
}

function afterSeparator(argument: string, separator: RegExp): string | null {
  const at = argument.search(separator);
  return at === -1 ? null : argument.slice(0, at + 1) + maskedOr(argument.slice(at + 1));
}

function maskedOr(value: string): string {
  return NO_SECRET.test(value) ? value : MASKED;
}

function baseName(argument: string): string {
  if (argument.length > 4096 || argument.startsWith('-')) return '';
  return argument
    .slice(Math.max(argument.lastIndexOf('/'), argument.lastIndexOf('\\')) + 1)
    .replace(/\.exe$/i, '');
}

/** Quotes within quotes: `ssh host "sh -c 'mysql -psecret'"` has two. */
const DEEPEST = 4;

/**
 * Masks the secrets of programs' flags in a text that may hold shell commands; everything else in it stays as it is,
 * to the last space.
 */
export function maskShell(text: string, classify: Classify, depth = 0): string {
  if (depth > DEEPEST || !MENTIONS_PROGRAM.test(text)) return text;
  const tokens = shellTokens(text);
  let out = '';
  let command: string[] = [];
  let gaps: string[] = [];
  const flush = (): void => {
    const plain = command.map(unquoted);
    const masked = maskArguments(plain, classify, (argument) => argument);
    for (const [i, raw] of command.entries()) {
      const now = masked[i] ?? MASKED;
      out += now === plain[i] ? nested(raw, classify, depth) : requoted(raw, now);
      out += gaps[i] ?? '';
    }
    command = [];
    gaps = [];
  };
  for (const { raw, space, separator } of tokens) {
    if (separator) {
      flush();
      out += raw + space;
      continue;
    }
    command.push(raw);
    gaps.push(space);
  }
  flush();
  return out;
}

interface ShellToken {
  /** With its quotes. */
  raw: string;
  /** The white space behind it. */
  space: string;
  /** One of `; | & ( )` or a line break: what follows is another command. */
  separator: boolean;
}

function shellTokens(text: string): ShellToken[] {
  const tokens: ShellToken[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    const separator = /[;|&()\r\n]/.test(text.charAt(at));
    at = separator ? at + 1 : wordEnd(text, at);
    const spaces = /[ \t\f\v\u00a0]*/y;
    spaces.lastIndex = at;
    spaces.test(text);
    tokens.push({ raw: text.slice(start, at), space: text.slice(at, spaces.lastIndex), separator });
    at = spaces.lastIndex;
  }
  return tokens;
}

/** Where a word ends: at white space or a separator outside of quotes. A quote that nothing closes is a letter. */
function wordEnd(text: string, start: number): number {
  let unclosed = '';
  let at = start;
  for (; at < text.length; at++) {
    const char = text.charAt(at);
    if (/[\s;|&()]/.test(char)) break;
    if (char === '\\') at++;
    else if (/["'`]/.test(char) && !unclosed.includes(char)) {
      const close = text.indexOf(char, at + 1);
      if (close === -1) unclosed += char;
      else at = close;
    }
  }
  return Math.min(Math.max(at, start + 1), text.length);
}

function unquoted(raw: string): string {
  return raw.replace(/["'`]/g, '');
}

function requoted(raw: string, masked: string): string {
  const quote = /\s/.test(masked) ? (/^["'`]/.exec(raw)?.[0] ?? "'") : '';
  return quote + masked + quote;
}

/** A command may be in quotes: `sh -c 'mysql -psecret'`, `execSync("curl -u a:b x")`. */
function nested(raw: string, classify: Classify, depth: number): string {
  const match = /^([^"'`]*)(["'`])([\s\S]+)\2([^"'`]*)$/.exec(raw);
  if (match === null || !/\s/.test(match[3] ?? '')) return raw;
  const [, before = '', quote = '', inside = '', after = ''] = match;
  return before + quote + maskShell(inside, classify, depth + 1) + quote + after;
}
