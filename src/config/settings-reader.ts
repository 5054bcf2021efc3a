import type { Environment } from './environment.ts';
import { SETTING_NAMES, type Setting, type SettingName } from './settings.ts';

type Row<Value> = Setting<Value> & { readonly name: SettingName };

/** Reads settings one by one and collects the mistakes in all of them. An empty variable counts as unset. */
export class SettingsReader {
  readonly #env: Environment;
  readonly #mistakes: { readonly name: SettingName; readonly sentence: string }[] = [];

  constructor(env: Environment) {
    this.#env = env;
  }

  /** In the order of the settings table, each once, although several parts may read the same setting. */
  get mistakes(): readonly string[] {
    const sorted = this.#mistakes
      .toSorted((a, b) => SETTING_NAMES.indexOf(a.name) - SETTING_NAMES.indexOf(b.name))
      .map(({ sentence }) => sentence);
    return [...new Set(sorted)];
  }

  /** Returns undefined after a mistake. */
  value<Value>(setting: Row<Value> & { readonly default: string }): Value | undefined {
    return this.#parse(setting, this.#text(setting) ?? setting.default);
  }

  /** Returns null if the setting is unset, and undefined after a mistake. */
  optional<Value>(setting: Row<Value>): Value | null | undefined {
    const text = this.#text(setting);
    return text === undefined ? null : this.#parse(setting, text);
  }

  isSet(setting: Row<unknown>): boolean {
    return this.#text(setting) !== undefined;
  }

  /** The sentence names the setting. */
  addMistake({ name }: Row<unknown>, sentence: string): void {
    this.#mistakes.push({ name, sentence });
  }

  /** Quotes the value, except a secret, and one that may hold a password. */
  addMistakeInValue(setting: Row<unknown>, sentence: string): void {
    const text = this.#text(setting) ?? '';
    const value = setting.secret || /@|password/i.test(text) ? '' : `="${text}"`;
    this.addMistake(setting, `${setting.name}${value}: ${sentence}`);
  }

  #text({ name }: Row<unknown>): string | undefined {
    return this.#env[name]?.trim() || undefined;
  }

  #parse<Value>(setting: Row<Value>, text: string): Value | undefined {
    const parsed = setting.parser.safeParse(text);
    if (parsed.success) return parsed.data;
    for (const { message } of parsed.error.issues) this.addMistakeInValue(setting, message);
    return undefined;
  }
}
