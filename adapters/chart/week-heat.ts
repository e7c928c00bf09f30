/** Colours for events an hour. */
export interface WeekHeat {
  /** The events that have the last colour. */
  readonly most: number;
  /** `#rrggbb`. */
  colour(events: number): string;
  /** Whether it is nearer to the most than to nothing, so that what stands on it must be as nothing is. */
  isMuch(events: number): boolean;
  /** The events that a share of the way from the first colour to the last stands for; 0 … 1. */
  eventsAt(share: number): number;
}

/** Less than that shall look like little, however little the most is. */
const leastMost = 1;
/** From there on what is of the last colour would be hard to see. */
const muchFrom = 0.5;

const channels = (colour: string): readonly number[] =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

function mixed(from: string, to: string, share: number): string {
  const end = channels(to);
  return `#${channels(from)
    .map((value, index) => Math.round(value + ((end[index] ?? value) - value) * share))
    .map((value) => value.toString(16).padStart(2, '0'))
    .join('')}`;
}

/** From the first colour for nothing to the last for the most, by the logarithm, so that one huge hour does not make all others look the same. Takes no negative events. */
export function weekHeat(events: readonly number[], heat: readonly [string, ...string[]]): WeekHeat {
  const most = events.reduce((greatest, value) => Math.max(greatest, value), leastMost);
  const shareOf = (value: number): number => Math.min(1, Math.log1p(value) / Math.log1p(most));
  return {
    most,
    colour(value) {
      const place = shareOf(value) * (heat.length - 1);
      const step = Math.min(heat.length - 2, Math.floor(place));
      return mixed(heat[step] ?? heat[0], heat[step + 1] ?? heat[0], place - step);
    },
    isMuch: (value) => shareOf(value) >= muchFrom,
    eventsAt: (share) => Math.expm1(share * Math.log1p(most)),
  };
}
