/** What tests see and do of the gateway's connections. */
export interface GatewayControl {
  readonly open: number;
  readonly highest: number;
  readonly total: number;
  /** Every IDENTIFY that was taken. */
  readonly identifies: readonly { readonly shard: readonly [number, number]; readonly intents: number }[];
  /** Every RESUME that was taken, with the number of events that were replayed. */
  readonly resumes: readonly { readonly shard: readonly [number, number]; readonly replayed: number }[];
  /** Codes with which the app closed connections. */
  readonly clientCloses: readonly number[];
  readonly heartbeats: number;
  /** Sessions with a connection that is past READY or RESUMED. */
  readonly attached: number;
  /** Closes every connection with this code; what Discord lets be resumed then can be resumed. */
  close(code: number): void;
  /** Op 7: every connection is asked to come again. */
  requestReconnect(): void;
  /** Op 9. */
  invalidateSessions(isResumable: boolean): void;
  /** Sessions are forgotten: a RESUME meets op 9. Connections stay. */
  forgetSessions(): void;
  /** Heartbeats are not acknowledged any more and nothing is sent, on connections of now. */
  freeze(): void;
  /** Connections break without a word. */
  drop(): void;
  /** The last event once more with its old sequence, as a replay repeats it. */
  redeliver(): void;
}
