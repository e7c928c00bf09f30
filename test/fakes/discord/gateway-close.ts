/** The connection ends with a code. https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes */
export class GatewayClose extends Error {
  readonly code: number;
  /** True where only a fault of the app's own can bring it about. */
  readonly isViolation: boolean;

  constructor(code: number, why: string, isViolation: boolean) {
    super(why);
    this.code = code;
    this.isViolation = isViolation;
  }
}

export const farewell = (code: number, why: string): GatewayClose => new GatewayClose(code, why, false);
export const fault = (code: number, why: string): GatewayClose => new GatewayClose(code, why, true);

/** After these a session cannot be resumed. */
export const endsSession = (code: number): boolean => finalCodes.has(code);

const finalCodes: ReadonlySet<number> = new Set([
  1000, 1001, 4003, 4004, 4005, 4007, 4008, 4009, 4010, 4011, 4012, 4013, 4014,
]);
