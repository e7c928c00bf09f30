import type { ZoneRules } from '../domain/wall-clock.ts';

/** The time zones of the IANA database, as this machine has them. */
export interface TimeZonePort {
  /** Their canonical names. */
  names(): readonly string[];
  /**
   * The name as the database spells it, whatever its case, of what a person types; `undefined` where there is no such zone, for an offset
   * (`+02:00`), and for a name without a place (`EST`, `CET`) other than UTC's.
   */
  canonical(name: string): string | undefined;
  /** Takes any name of the database, `EST` too. Throws `invalid_input` for a name that is none. */
  rules(name: string): ZoneRules;
}
