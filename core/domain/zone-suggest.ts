import { nearest } from './nearest.ts';
import { zoneBywords } from './zone-bywords.ts';

const mostSuggested = 3;

/**
 * Time zones out of `names` that somebody may mean by a text that names none of them: a city, a part of a name, an
 * abbreviation, a typing error. At most 3, the likeliest first; none for an offset. Case, accents, blanks, hyphens,
 * underscores and slashes do not count.
 */
export function nearestZones(text: string, names: readonly string[]): readonly string[] {
  const typed = squeezed(text);
  const typedCity = squeezed(cityOf(text));
  if (/[\p{N}+]/u.test(typed)) return [];
  const meant = (zoneBywords.get(typedCity) ?? []).filter((zone) => names.includes(zone));
  if (meant.length > 0) return meant;
  const forms = names.map((name) => ({ name, whole: squeezed(name), city: squeezed(cityOf(name)) }));
  const matching = (matches: (form: ZoneForm) => boolean): readonly string[] =>
    forms.filter(matches).map(({ name }) => name);
  const found = [
    ...(typedCity.length < 3 ? [] : matching(({ city }) => city.startsWith(typedCity))),
    ...(typed.length < 3 ? [] : matching(({ whole }) => whole.includes(typed))),
  ];
  const zones = found.length > 0 ? found : mistyped(typedCity, forms);
  return [...new Set(zones)].slice(0, mostSuggested);
}

interface ZoneForm {
  readonly name: string;
  /** Squeezed, as is the city. */
  readonly whole: string;
  readonly city: string;
}

/** Those of the likeliest city, then of the next. */
function mistyped(typedCity: string, forms: readonly ZoneForm[]): readonly string[] {
  const found: string[] = [];
  let left = forms;
  while (found.length < mostSuggested) {
    const city = nearest(
      typedCity,
      left.map((form) => form.city),
    );
    if (city === undefined) break;
    found.push(...left.filter((form) => form.city === city).map(({ name }) => name));
    left = left.filter((form) => form.city !== city);
  }
  return found;
}

/** The last part of a name. */
const cityOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

function squeezed(text: string): string {
  return text
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[\p{M}\s_.'’/-]/gu, '');
}
