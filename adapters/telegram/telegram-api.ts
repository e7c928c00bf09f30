/**
 * The one thing this adapter needs of its library: a call of a Bot API method by name. Resolves with `result`; rejects
 * with whatever the library throws, which may hold the token: `errors.ts` makes an `AppError` of it.
 */
export interface TelegramApi {
  callApi(method: string, payload: object, options?: { readonly signal?: AbortSignal }): Promise<unknown>;
}
