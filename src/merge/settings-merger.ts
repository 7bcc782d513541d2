import type { JsonValue } from '../report/json.js';
import type { ConfigurationModel } from '../report/schema.js';
import { canonicalJson } from './canonical-json.js';

/** Different values of one option that are kept. One with more is different everywhere: that it is, is what is kept. */
const MOST_VALUES = 1_000;

/** One option in any number of reports. */
export interface MergedSetting {
  group: string;
  option: string;
  /** In how many reports it is. */
  reports: number;
  /** Canonical JSON of each value → in how many reports it is; `null` for more than a thousand different ones. */
  values: Map<string, number> | null;
}

/** The values of each option in the Configuration sections of any number of reports. */
export class SettingsMerger {
  readonly #settings = new Map<string, MergedSetting>();

  /** By a key that is the same in every merger. */
  get settings(): ReadonlyMap<string, MergedSetting> {
    return this.#settings;
  }

  add({ groups }: ConfigurationModel): void {
    for (const [group, options] of Object.entries(groups)) {
      for (const [option, value] of Object.entries(options)) this.#add(group, option, value);
    }
  }

  #add(group: string, option: string, value: JsonValue): void {
    const key = JSON.stringify([group, option]);
    let setting = this.#settings.get(key);
    if (setting === undefined) {
      setting = { group, option, reports: 0, values: new Map() };
      this.#settings.set(key, setting);
    }
    setting.reports++;
    if (setting.values === null) return;
    const text = canonicalJson(value);
    setting.values.set(text, (setting.values.get(text) ?? 0) + 1);
    if (setting.values.size > MOST_VALUES) setting.values = null;
  }
}
