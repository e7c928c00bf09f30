/** What plots that stand one below the other share from left to right. */
export interface PlotAxis {
  readonly left: number;
  readonly right: number;
  /** How wide the room of one point is, in pixels. */
  readonly slotWidth: number;
  /** The middle of the room of the point that begins there. */
  middle(at: number): number;
  /** Whether `later` follows `earlier` with none left out between. */
  isNext(earlier: number, later: number): boolean;
}
