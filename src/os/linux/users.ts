import { readProcFile } from './proc-file.js';

const PASSWD_LIMIT = 1024 * 1024;

/**
 * User id → name, from `/etc/passwd` only: asking the system properly (NSS: LDAP, systemd, …) may go over the
 * network and blocks. Empty where the file cannot be read; the first of several names of an id wins, as in NSS.
 */
export function readUserNames(file = '/etc/passwd'): Map<number, string> {
  const read = readProcFile(file, PASSWD_LIMIT);
  return read.error === undefined ? parsePasswd(read.text) : new Map<number, string>();
}

export function parsePasswd(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (!name || !id || !/^\d+$/.test(id)) continue;
    const uid = Number(id);
    if (!names.has(uid)) names.set(uid, name);
  }
  return names;
}
