/**
 * Which names are names of secrets. A name is read as words (camelCase, snake_case, kebab-case, dotted, SCREAMING),
 * so that `apiKey` and `API_KEY` are secrets and `monkey`, `keyboard` and `author` are not; and as an English
 * compound, whose last word says what the thing is: a `passwordPolicy` is a policy. `docs/report-format.md` has the
 * rules for people.
 */

/** What kind of secret a name announces. */
export interface SecretName {
  /** The name is in the plural: a number under it is a count (`tokens: 812`). */
  plural: boolean;
  /** The name is as often that of a group of settings as that of a secret: `auth`, `cookie`, `token`. */
  area: boolean;
}

/** Compiled once from the user's `names`. */
export type NameTest = (name: string, words: readonly string[]) => boolean;

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

const PASSWORD = /^(?:\w*(?:password|passwd|passphrase|passcode|kennwort|passwort)|pwd|pw|psk|passkey)s?$/;
/** Also at the end of words that nobody separated: `dbsecret`, `authtoken`. */
const SECRET = /^(?:\w*(?:secret|credential)|creds?|bearer|signature|salt|otp|totp|mnemonic|dsn|connstr)s?$/;
const COMPOUND =
  /^(?:connectionstring|(?:(?:php|j|asp)?sess(?:ion)?id)|(?:api|app|auth|access|account|admin|client|consumer|crypt|encryption|hmac|host|jwt|license|master|private|priv|root|secret|server|service|session|shared|signing|ssh|ssl|tls|user|p)key(?:id)?|secretaccesskey)s?$/;
const AREA =
  /^(?:\w*token|key|keyid|auth|oauth|authn|authz|authentication|authorization|authorisation|cookie|jwt)s?$/;
/** Two words that mean a secret only together. */
const PAIRS = set(`
  connect:sid connection:string conn:string conn:str session:id sess:id seed:phrase recovery:code recovery:codes backup:code
  backup:codes pass:word pass:phrase pass:code pass:key pin:code
`);

/** Before `pass`, they make it something else than a password. */
const NO_PASSWORD_BEFORE_PASS = set(
  'first second third last next single multi two by high low band all tests',
);
/** Words of one piece that end in `pass` and have nothing to do with passwords. */
const NO_PASSWORD_PASS = set('bypass compass encompass overpass surpass trespass underpass');
/** Before `key`, they make it a name of a record or a place. */
const HARMLESS_BEFORE_KEY = set(`
  public pub primary foreign partition sort range shard cache routing unique index idempotency composite natural
  surrogate object lookup group hot shortcut dedup dedupe message registry row column translation topic binding
`);

/** As the last word, they say that the thing is a setting about a secret. */
const SETTING = set(`
  age alg algo algorithm algorithms alias allowed arn at attempts audience bits bucket bytes changed class column
  columns comment complexity conf cost count created curve days delay delimiter description dir directory
  disabled domain duration enabled endpoint endpoints engine error exists expiration expires expiry factory field
  fields file filename files folder format generator handler help hours index ini interval issuer iterations js json
  label length level lib lifetime limit limiter limits loader location manager max mechanism message method methods
  middleware min minutes mjs cjs mode module ms name names optional parser path pattern plugin policy pool port
  prefix present provider providers py queue rate realm ref regex region required resolver retries rotated rotation
  rounds rule rules schema scheme schemes scope scopes second seconds secs section separator since size sock socket
  source space state status store strategies strategy strength style supported table template timeout title ts ttl
  type types unit until updated uri uris url urls usage valid validator verified version yaml yml zone
`);
/** The same, but only after `auth` and `cookie`: `PASSWORD_DB` may well be the password of the database. */
const AUTH_SETTING = set(
  'address backend cache database db group groups host hosts role roles server servers service',
);
const AUTH_USER = set('email login user username users');

const QUANTITY = set('max maximum min minimum num number');

/** Bounded, since anybody's text may come here: a name is told by its end. */
const LONGEST = 160;

/** The words of a name, in lower case, without the digits at their ends. */
function wordsOf(name: string): string[] {
  return name
    .slice(-LONGEST)
    .replace(/^--?D(?=[a-z])/, '') // Java's -Ddb.password=x
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.replace(/\d{1,9}$/, ''))
    .filter((word) => word !== '');
}

/** Almost every name of a report stops here, at a tenth of the cost. */
const STEM =
  /pass|pwd|pw|psk|secret|cred|bearer|signature|salt|otp|mnemonic|dsn|conn|sess|key|token|auth|cookie|jwt|seed|recovery|backup|pin|wort/i;

/** What secret a name announces; `null` for names of other things. */
export function secretOf(name: string, users: readonly NameTest[]): SecretName | null {
  const stem = STEM.test(name.length > LONGEST ? name.slice(-LONGEST) : name);
  if (!stem && users.length === 0) return null;
  const words = wordsOf(name);
  if (users.some((test) => test(name, words))) return { plural: false, area: false };
  if (!stem || saysSetting(words)) return null;

  // The last secret word decides: a `tokenPassword` is a password.
  for (let i = words.length - 1; i >= 0; i--) {
    const found = secretAt(words, i);
    if (found !== null) return isQuantity(words, i, found.plural) ? null : found;
  }
  return null;
}

/** Whether a name under `auth`, `cookie`, `token` and the like is plainly that of a setting. */
export function isSettingName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  return (
    saysSetting(words) ||
    AUTH_SETTING.has(last) ||
    AUTH_USER.has(last) ||
    words.some((word) => QUANTITY.has(word))
  );
}

function secretAt(words: readonly string[], i: number): SecretName | null {
  const word = words[i] ?? '';
  const before = words[i - 1] ?? '';
  const plural = word.endsWith('s') && word !== 'pass';
  if (PASSWORD.test(word)) return { plural, area: false };
  if (SECRET.test(word) || COMPOUND.test(word)) return { plural, area: false };
  if (word.endsWith('pass')) return passAt(words, i);
  if (word === 'pin' && i === words.length - 1) return { plural: false, area: false };
  if (PAIRS.has(`${before}:${word}`)) return { plural, area: false };
  if (!AREA.test(word)) return null;
  if (/^keys?$/.test(word) && HARMLESS_BEFORE_KEY.has(before)) return null;
  return isAboutAuth(words, word) ? null : { plural, area: !plural };
}

function passAt(words: readonly string[], i: number): SecretName | null {
  const word = words[i] ?? '';
  if (i !== words.length - 1 || NO_PASSWORD_PASS.has(word)) return null;
  return NO_PASSWORD_BEFORE_PASS.has(words[i - 1] ?? '') ? null : { plural: false, area: false };
}

/** `auth_user`, `cookieHost`: the last word is a setting after these, though not after `password`. */
function isAboutAuth(words: readonly string[], word: string): boolean {
  if (!/^(?:o?auth|authn|authz|authentication|authori[sz]ation|cookie)$/.test(word)) return false;
  const last = words.at(-1) ?? '';
  return AUTH_SETTING.has(last) || AUTH_USER.has(last);
}

function saysSetting(words: readonly string[]): boolean {
  const last = words.at(-1) ?? '';
  // `tokenExpiresIn`, `expires_after`
  const end = last === 'in' || last === 'after' || last === 'before' ? (words.at(-2) ?? '') : last;
  return SETTING.has(end) || words.includes('per');
}

/** `maxTokens`, `max_output_tokens`; but not `MAX_API_KEY`, which may be the key of something named Max. */
function isQuantity(words: readonly string[], secret: number, plural: boolean): boolean {
  const before = words.slice(0, secret);
  return QUANTITY.has(before.at(-1) ?? '') || (plural && before.some((word) => QUANTITY.has(word)));
}

/** The shell's variable for the working directory has the name of a password. */
export function isWorkingDirectory(name: string, value: string): boolean {
  return (name === 'PWD' || name === 'OLDPWD') && /^(?:\/|[A-Za-z]:\\)/.test(value);
}

/** A user's own names: a string matches as the same words in a row, however they are joined; a RegExp as it is. */
export function nameTest(name: string | RegExp): NameTest {
  if (typeof name === 'string') {
    const wanted = wordsOf(name).join(' ');
    const joined = wanted.replaceAll(' ', '');
    return (_, words) =>
      wanted !== '' && (` ${words.join(' ')} `.includes(` ${wanted} `) || words.includes(joined));
  }
  // A copy without g and y: with them, `test` would go on from where it stopped at the last name.
  const pattern = new RegExp(name.source, name.flags.replace(/[gy]/g, ''));
  return (candidate) => pattern.test(candidate);
}
