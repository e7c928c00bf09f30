import { type CommandSpec, type CommandTranslation, commandName } from './command-spec.ts';
import { germanMenu } from './german-menu.ts';

/** All that platforms' menus say, in one language. */
export interface MenuLanguage {
  /** By the command's name: `skill search`. */
  readonly commands: Readonly<Record<string, CommandTranslation>>;
  /** As `groupSummaries`. */
  readonly groups: Readonly<Record<string, string>>;
}

/**
 * Languages beside English, by locale. To add one, write a file like `german-menu.ts` and name it here: platforms show it
 * to people whose own language it is, as far as they know the locale.
 */
export const menuLanguages: Readonly<Record<string, MenuLanguage>> = { de: germanMenu };

/** The command with what `languages` say of it. */
export function withTranslations<Spec extends CommandSpec>(
  spec: Spec,
  languages: Readonly<Record<string, MenuLanguage>> = menuLanguages,
): Spec {
  const name = commandName(spec);
  const said = Object.entries(languages).flatMap(([locale, { commands }]) => {
    const translation = Object.hasOwn(commands, name) ? commands[name] : undefined;
    return translation === undefined ? [] : [[locale, translation] as const];
  });
  return said.length === 0 ? spec : { ...spec, translations: Object.fromEntries(said) };
}
