/** An answer of the Bot API that is an error. */
export class ApiFault extends Error {
  override readonly name = 'ApiFault';
  readonly code: number;
  readonly parameters: Readonly<Record<string, number>> | undefined;

  constructor(code: number, description: string, parameters?: Readonly<Record<string, number>>) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

export const badRequest = (description: string): ApiFault => new ApiFault(400, `Bad Request: ${description}`);
