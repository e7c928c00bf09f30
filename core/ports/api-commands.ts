import type { SpaceId } from '../domain/ids.ts';
import type { ApiCaller } from './api-access.ts';

/** Commands of the catalogue for spaces whose callers cannot type any. */
export interface ApiCommands {
  /**
   * What a maintainer of that space is told to the line, Markdown; also where the command refuses or fails. `about`: a message id of
   * the answer that the command is about, as a reply to it would say in a chat. Rejects with `not_found` for a space or
   * an answer that is not there.
   */
  run(spaceId: SpaceId, line: string, by: ApiCaller, about?: string): Promise<string>;
}
