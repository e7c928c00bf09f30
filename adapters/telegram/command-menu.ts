import type { CommandDescription } from '../../core/ports/channel.ts';

const MAX_COMMANDS = 100;
const MAX_DESCRIPTION_CHARS = 256;

/**
 * Telegram shows the first list that was set, from the narrowest scope outwards. All three are set, so that none that
 * another program left there without a language stands before ours.
 */
export const MENU_SCOPES = ['all_private_chats', 'all_group_chats', 'all_chat_administrators'] as const;

export interface BotCommand {
  readonly command: string;
  readonly description: string;
}

/** One list for `setMyCommands`. */
export interface LanguageMenu {
  /** Two letters; absent for everybody whose language has no list of its own. */
  readonly languageCode?: string;
  readonly commands: readonly BotCommand[];
}

export interface CommandMenu {
  /** The one without a language first. */
  readonly menus: readonly LanguageMenu[];
  /** Telegram's name → ours, where they differ. */
  readonly names: ReadonlyMap<string, string>;
  /** Names that Telegram cannot show. */
  readonly leftOut: readonly string[];
}

interface ShownCommand {
  readonly command: string;
  readonly source: CommandDescription;
}

const shortened = (summary: string): string => summary.trim().slice(0, MAX_DESCRIPTION_CHARS).toWellFormed();

/** Telegram knows languages by two letters: of `pt-BR` and `pt-PT` the first is taken. */
function summaryIn({ summary, summaries = {} }: CommandDescription, languageCode: string): string {
  const [, said] =
    Object.entries(summaries).find(([locale]) => locale.toLowerCase() === languageCode) ??
    Object.entries(summaries).find(([locale]) => languageOf(locale) === languageCode) ??
    [];
  return said === undefined || said.trim() === '' ? summary : said;
}

const languageOf = (locale: string): string | undefined =>
  /^([a-z]{2})(?:[-_]|$)/i.exec(locale)?.[1]?.toLowerCase();

/** `setMyCommands`: names in a–z, 0–9 and `_` up to 32, descriptions up to 256, at most 100 of them. */
export function commandMenu(commands: readonly CommandDescription[]): CommandMenu {
  const names = new Map<string, string>();
  const leftOut: string[] = [];
  const shown: ShownCommand[] = [];
  for (const source of commands) {
    const command = source.name.toLowerCase().replaceAll('-', '_');
    const fits = /^[a-z0-9_]{1,32}$/.test(command) && shortened(source.summary) !== '';
    if (!fits || shown.length === MAX_COMMANDS) {
      leftOut.push(source.name);
      continue;
    }
    if (command !== source.name) names.set(command, source.name);
    shown.push({ command, source });
  }
  const locales = shown.flatMap(({ source }) => Object.keys(source.summaries ?? {}));
  const languages = new Set(locales.map(languageOf).filter((language) => language !== undefined));
  const menuIn = (describe: (source: CommandDescription) => string): readonly BotCommand[] =>
    shown.map(({ command, source }) => ({ command, description: shortened(describe(source)) }));
  const everybody: LanguageMenu = { commands: menuIn(({ summary }) => summary) };
  const others = [...languages].map((languageCode) => ({
    languageCode,
    commands: menuIn((source) => summaryIn(source, languageCode)),
  }));
  return { menus: [everybody, ...others], names, leftOut };
}

/** Whether Telegram shows these already. */
export function isSameMenu(known: readonly BotCommand[] | undefined, wanted: readonly BotCommand[]): boolean {
  return (
    known?.length === wanted.length &&
    wanted.every(
      ({ command, description }, index) =>
        known[index]?.command === command && known[index]?.description === description,
    )
  );
}
