/** Counters since the start, for whoever asks the running bot over `/control/status`. Names are `snake_case` with an optional label: `turns_total{state=done}`. */
export interface Metrics {
  count(name: string, label?: string, by?: number): void;
  snapshot(): Readonly<Record<string, number>>;
}
