import { Temporal } from 'temporal-polyfill';

/** Names that `Intl` still goes by, and what the database calls these zones today. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['Africa/Asmera', 'Africa/Asmara'],
  ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Catamarca', 'America/Argentina/Catamarca'],
  ['America/Coral_Harbour', 'America/Atikokan'],
  ['America/Cordoba', 'America/Argentina/Cordoba'],
  ['America/Godthab', 'America/Nuuk'],
  ['America/Indianapolis', 'America/Indiana/Indianapolis'],
  ['America/Jujuy', 'America/Argentina/Jujuy'],
  ['America/Louisville', 'America/Kentucky/Louisville'],
  ['America/Mendoza', 'America/Argentina/Mendoza'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['Pacific/Enderbury', 'Pacific/Kanton'],
  ['Pacific/Ponape', 'Pacific/Pohnpei'],
  ['Pacific/Truk', 'Pacific/Chuuk'],
]);

const currentName = (zone: string): string => renamed.get(zone) ?? zone;

/** In alphabetical order, each once, with `UTC`, which `Intl` does not list everywhere. */
export function zoneNames(): readonly string[] {
  const listed = Intl.supportedValuesOf('timeZone').map(currentName);
  return [...new Set([...listed, 'UTC'])].toSorted();
}

/** The names without a place that everybody means the same by: `UTC`, `GMT`, `GMT0`, `Zulu`. */
const universal = /^(utc|uct|universal|zulu|gmt([+-]?0)?|greenwich)$/i;

/**
 * As `TimeZonePort.canonical`, for a name without blanks around: for what people type. A name without a place is none, but for those of UTC: by `EST`
 * the database means the time of Panama, by `CET` that of Brussels.
 */
export function typedZone(name: string): string | undefined {
  return name.includes('/') || universal.test(name) ? databaseZone(name) : undefined;
}

/** The canonical name of any of the database, `EST` too. Builds a formatter: not for every turn. */
export function databaseZone(name: string): string | undefined {
  // `Intl` takes offsets, and zones of its own that the database has dropped.
  if (!/^[a-z]/i.test(name) || /^systemv\//i.test(name)) return undefined;
  try {
    // Refuses abbreviations such as PST, which `Intl` takes as well, BST for Bangladesh's.
    new Temporal.ZonedDateTime(0n, name);
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return currentName(timeZone);
  } catch {
    return undefined;
  }
}
