/**
 * Masking: done once, on the report, before any view. By the name that a value has, by the shape of the value, and
 * by what stands beside a value within a text. `docs/report-format.md` has the tables for people.
 */
import { GuruError } from './error.js';
import type { JsonObject, JsonValue } from './json.js';
import { maskArguments, maskShell } from './mask-command.js';
import { type TextKind, maskNamed } from './mask-named.js';
import { type SecretName, isSettingName, isWorkingDirectory, nameTest, secretOf } from './mask-names.js';
import { NO_SECRET } from './mask-patterns.js';
import { maskShapes, maskUserPatterns } from './mask-text.js';
import { MASKED } from './schema.js';

export { maskReport } from './mask-report.js';

export interface MaskOptions {
  /**
   * Further names of secrets. A string matches any name that holds the same words in a row (`ssn`: also `userSsn`,
   * `USER_SSN`); a RegExp is tried on the whole name. They win over the rules for settings.
   */
  names?: readonly (string | RegExp)[];
  /** Further shapes of secrets: each match, in any text, becomes `***`. Flags g and y make no difference. */
  patterns?: readonly RegExp[];
}

export interface Masker {
  /** Whether strings under this name are masked. */
  isSecretName(name: string): boolean;
  /** Masks the secrets within a text. */
  text(text: string): string;
  /** As `text`, for a line of a program: `token = next()` stays, `token = 'x'` does not. */
  source(line: string): string;
  /** Masks a value as a whole, or what is secret within it. */
  value(name: string, value: JsonValue): JsonValue;
  /** Masks the secrets of an argument vector. */
  command(argv: readonly string[]): string[];
}

/**
 * @throws {GuruError} ERR_GURU_OPTION if a name is neither string nor RegExp, or a pattern is no RegExp
 */
export function createMasker(options: MaskOptions = {}): Masker {
  return new TableMasker(options);
}

/** JSON within JSON within JSON: deeper ones are masked as texts. */
const DEEPEST_JSON = 3;
/** Two are enough for texts that nobody made up to need more. */
const MOST_ROUNDS = 5;
/** Names seen lately: a report asks for the same few thousand times. */
const MEMORY = 2000;

class TableMasker implements Masker {
  readonly #names: ReturnType<typeof nameTest>[];
  readonly #patterns: RegExp[];
  readonly #known = new Map<string, SecretName | null>();
  #jsonDepth = 0;

  constructor(options: MaskOptions) {
    this.#names = (options.names ?? []).map((name, i) => {
      if (typeof name !== 'string' && !isRegExp(name)) {
        throw new GuruError('ERR_GURU_OPTION', `mask names: [${i}] is neither a string nor a RegExp`);
      }
      return nameTest(name);
    });
    this.#patterns = (options.patterns ?? []).map((pattern, i) => {
      if (!isRegExp(pattern)) throw new GuruError('ERR_GURU_OPTION', `mask patterns: [${i}] is not a RegExp`);
      return new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}g`);
    });
  }

  isSecretName(name: string): boolean {
    return this.#classify(name) !== null;
  }

  text(text: string): string {
    return this.#json(text) ?? this.#masked(text, 'text');
  }

  source(line: string): string {
    return this.#masked(line, 'source');
  }

  value(name: string, value: JsonValue): JsonValue {
    const secret = this.#classify(name);
    if (secret !== null) return this.#hidden(name, value, secret, true);
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return this.#list(value);
    return typeof value === 'object' && value !== null ? this.#object(value) : value;
  }

  command(argv: readonly string[]): string[] {
    return maskArguments(argv, this.#classify, (argument) => this.text(argument));
  }

  readonly #classify = (name: string): SecretName | null => {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const secret = secretOf(name, this.#names);
    if (this.#known.size >= MEMORY) this.#known.clear();
    if (name.length <= 200) this.#known.set(name, secret);
    return secret;
  };

  /** Again until nothing changes, so that masking twice is masking once: what one rule masks may end another's value. */
  #masked(text: string, kind: TextKind): string {
    let masked = text;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const before = masked;
      masked = maskUserPatterns(maskShapes(masked), this.#patterns);
      masked = maskShell(maskNamed(masked, this.#classify, kind), this.#classify);
      if (masked === before) break;
    }
    return masked;
  }

  /** A text that is JSON is masked as the data that it holds; it stays as it is to the last space if nothing was. */
  #json(text: string): string | null {
    if (this.#jsonDepth >= DEEPEST_JSON || !/^\s{0,100}(?:\{\s*["}]|\[\s*[[{"\]])/.test(text)) return null;
    this.#jsonDepth++;
    try {
      const plain = JSON.parse(text) as JsonValue;
      const masked = JSON.stringify(this.value('', plain));
      return maskUserPatterns(masked === JSON.stringify(plain) ? text : masked, this.#patterns);
    } catch {
      return null; // no JSON, or nested too deeply to be walked: the rules for texts hold
    } finally {
      this.#jsonDepth--;
    }
  }

  #list(list: readonly JsonValue[]): JsonValue[] {
    const strings = list.filter((item) => typeof item === 'string');
    if (strings.length === list.length && strings.some((item) => item.startsWith('-')))
      return this.command(strings);
    const [first, second] = list;
    // An entry of a Map, of `Object.entries`, of a list of headers.
    if (list.length === 2 && typeof first === 'string' && second !== undefined && this.isSecretName(first)) {
      return [this.text(first), this.value(first, second)];
    }
    return list.map((item) => this.value('', item));
  }

  #object(object: JsonObject): JsonObject {
    // `{ name: 'DB_PASSWORD', value: 'x' }`, as in container specifications
    const named = [object['name'], object['key']].find(
      (name) => typeof name === 'string' && this.isSecretName(name),
    );
    return this.#mapped(object, (key, value) => {
      if (typeof named !== 'string') return this.value(key, value);
      if (value === named) return named;
      return this.value(key === 'value' ? named : key, value);
    });
  }

  /** What stands under the name of a secret. */
  #hidden(name: string, value: JsonValue, secret: SecretName, top: boolean): JsonValue {
    if (typeof value === 'string') {
      if (isWorkingDirectory(name, value)) return this.text(value);
      return NO_SECRET.test(value) ? value : MASKED;
    }
    if (typeof value === 'number') return top && secret.plural ? value : MASKED;
    if (Array.isArray(value)) return value.map((item) => this.#hidden(name, item, secret, false));
    if (typeof value !== 'object' || value === null) return value;
    return this.#mapped(value, (key, item) =>
      secret.area && isSettingName(key) ? this.value(key, item) : this.#hidden(name, item, secret, false),
    );
  }

  /** Keys are masked by their shape: an object may be keyed by tokens. */
  #mapped(object: JsonObject, map: (key: string, value: JsonValue) => JsonValue): JsonObject {
    const entries: [string, JsonValue][] = [];
    const times = new Map<string, number>();
    for (const [key, value] of Object.entries(object)) {
      const masked = this.text(key);
      const before = times.get(masked) ?? 0;
      if (masked !== key) times.set(masked, before + 1);
      entries.push([before === 0 ? masked : `${masked} (${before + 1})`, map(key, value)]);
    }
    return Object.fromEntries(entries); // defines: `__proto__` is a key like any other
  }
}

/** Also those of another realm. */
function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === '[object RegExp]';
}
