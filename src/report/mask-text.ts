/** Secrets within a text, told by their shape. Every step is linear in the length of the text. */
import { AUTH_SCHEME, BEARER_PROSE, DOTTED_RUN, PEM_BEGIN, PEM_END, TOKENS } from './mask-patterns.js';
import { MASKED } from './schema.js';

/** Masks private keys, tokens and credentials that are recognisable without a name beside them. */
export function maskShapes(text: string): string {
  let out = maskPrivateKeys(text);
  out = out.replace(TOKENS, MASKED);
  if (out.includes('eyJ')) out = out.replace(DOTTED_RUN, maskWebToken);
  if (out.includes('://')) out = maskUrls(out);
  return out.replace(AUTH_SCHEME, maskScheme);
}

/** From BEGIN to END; a key whose end was cut off is masked to the end of the text. */
function maskPrivateKeys(text: string): string {
  if (!text.includes('PRIVATE KEY')) return text;
  let out = '';
  let at = 0;
  for (;;) {
    PEM_BEGIN.lastIndex = at;
    const begin = PEM_BEGIN.exec(text);
    if (begin === null) return out + text.slice(at);
    out += text.slice(at, begin.index) + MASKED;
    PEM_END.lastIndex = begin.index;
    const end = PEM_END.exec(text);
    if (end === null) return out;
    at = end.index + end[0].length;
  }
}

/** A signed or encrypted JSON Web Token: base64url of `{"…`, a dot, more. Two parts will do: the text may be cut. */
function maskWebToken(run: string): string {
  const start = run.indexOf('eyJ');
  if (start === -1) return run;
  const dot = run.indexOf('.', start);
  return dot < start + 8 || dot === run.length - 1 ? run : run.slice(0, start) + MASKED;
}

function maskScheme(all: string, scheme: string, space: string, credentials: string): string {
  return isCredential(scheme.toLowerCase(), credentials) ? scheme + space + MASKED : all;
}

/** The schemes are English words too: a "basic authentication" and a "bearer token" are left as they are. */
function isCredential(scheme: string, word: string): boolean {
  if (scheme === 'bearer') return !BEARER_PROSE.test(word);
  if (scheme === 'basic' && /^[A-Za-z0-9+/]+={0,2}$/.test(word)) {
    if (/[\d+/=]/.test(word)) return true;
    try {
      return atob(word).includes(':');
    } catch {
      return false; // no base64, so no credentials
    }
  }
  return word.length >= 16 && /\d/.test(word);
}

/** The authority of each URL in a text: everything up to a slash, a space or a quote. */
const AUTHORITY = /:\/\/([^\s/?#"'<>`\\]*)/g;
/** How far to look for the `@` of a password that holds characters which should have been escaped. */
const LONGEST_PASSWORD = 256;

/** `scheme://user:secret@host` and `scheme://token@host`. */
function maskUrls(text: string): string {
  let out = '';
  let from = 0;
  AUTHORITY.lastIndex = 0;
  for (let match = AUTHORITY.exec(text); match !== null; match = AUTHORITY.exec(text)) {
    const start = match.index + '://'.length;
    const userinfo = userinfoAt(text, start, match[1] ?? '');
    if (userinfo === null) continue;
    out += text.slice(from, start) + maskUserinfo(userinfo);
    from = start + userinfo.length;
    AUTHORITY.lastIndex = from;
  }
  return from === 0 ? text : out + text.slice(from);
}

/** What stands before the `@`; `null` where there is none. */
function userinfoAt(text: string, start: number, authority: string): string | null {
  const at = authority.lastIndexOf('@');
  if (at !== -1) return authority.slice(0, at);
  // `user:pa/ss@host`: after a colon that no port number follows, the password goes on behind the slash or quote.
  const colon = authority.indexOf(':');
  if (colon === -1 || authority.startsWith('[')) return null;
  if (colon > 0 && /^\d{0,5}$/.test(authority.slice(colon + 1))) return null;
  const rest = text.slice(start, start + authority.length + LONGEST_PASSWORD).split(/\s/, 1)[0] ?? '';
  const end = rest.lastIndexOf('@');
  return end === -1 ? null : rest.slice(0, end);
}

function maskUserinfo(userinfo: string): string {
  const colon = userinfo.indexOf(':');
  if (colon !== -1) {
    return colon === userinfo.length - 1 ? userinfo : `${userinfo.slice(0, colon)}:${MASKED}`;
  }
  // A long name with digits in it is a token in the place of the user.
  return userinfo.length >= 20 && /\d/.test(userinfo) ? MASKED : userinfo;
}

/**
 * Applies a user's own patterns. They were compiled here, with the flag g, so that neither `lastIndex` nor an
 * overridden `exec` matters; an empty match is nothing to mask.
 */
export function maskUserPatterns(text: string, patterns: readonly RegExp[]): string {
  let out = text;
  for (const pattern of patterns) {
    out = out.replace(pattern, (match: string) => (/^\**$/.test(match) ? match : MASKED));
  }
  return out;
}
