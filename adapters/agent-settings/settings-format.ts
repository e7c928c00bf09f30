import type { SettingPath, Tree } from './tree.ts';

/** How a client writes its settings down. All of it pure. */
export interface SettingsFormat {
  /** Throws `config_invalid`, with the place, where the text is not in this format. */
  read(text: string): Tree;
  /** A text that holds these settings and nothing else. */
  render(tree: Tree): string;
  /**
   * The text with one setting changed or added; comments and everything else stay as they are. `undefined` where this
   * text offers no place for it. Whether nothing else changed is for the caller to compare.
   */
  set(text: string, path: SettingPath, value: unknown): string | undefined;
  /** The text without one setting, and as `set` otherwise. */
  remove(text: string, path: SettingPath): string | undefined;
}

/** The line break that a text uses. */
export function lineBreakOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
