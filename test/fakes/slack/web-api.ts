import { ApiRefusal, malformed, refusal } from './api-refusal.ts';
import type { AppState } from './app-state.ts';
import { type CallArguments, type MethodName, methodOf } from './call-schemas.ts';
import { type Answer, createChatMethods } from './chat-methods.ts';
import { createFileMethods } from './file-methods.ts';
import { methodScopeFor, methodScopes } from './method-scopes.ts';
import { createOtherMethods } from './other-methods.ts';
import type { RateBudgets } from './rate-budgets.ts';
import { checkArguments, type RawArguments } from './read-arguments.ts';

export interface WebApiOptions {
  readonly botToken: string;
  readonly appToken: string;
  readonly customEmoji: ReadonlySet<string>;
  readonly socketUrl: () => string;
  readonly uploadOrigin: () => string;
  readonly budgets: RateBudgets | undefined;
  /** Tokens that were revoked. */
  readonly revoked: ReadonlySet<string>;
}

export interface WebApi {
  /** Answers one call as Slack does, or throws the refusal. */
  call(name: string, token: string | undefined, args: RawArguments): Answer;
}

type Methods = { readonly [M in MethodName]: (args: CallArguments<M>) => Answer };

export function createWebApi(state: AppState, options: WebApiOptions): WebApi {
  const methods: Methods = {
    ...createChatMethods(state),
    ...createOtherMethods(state, options.customEmoji, options.socketUrl),
    ...createFileMethods(state, options.uploadOrigin),
  };

  function checkToken(name: MethodName, token: string | undefined): void {
    if (token === undefined || token === '') throw refusal('not_authed');
    if (token !== options.botToken && token !== options.appToken) throw refusal('invalid_auth');
    if (options.revoked.has(token)) throw refusal('token_revoked');
    const kind = token === options.botToken ? 'bot' : 'app';
    if (methodScopes[name]?.token !== kind) throw malformed('not_allowed_token_type');
  }

  function checkScope(name: MethodName, args: RawArguments): void {
    if (methodScopes[name]?.token !== 'bot') return;
    const channel = state.workspace.channels.get(String(args['channel']));
    const { scopes } = state.app();
    const needed = methodScopeFor(name, channel?.type ?? 'channel');
    if (needed.some((scope) => !scopes.includes(scope))) {
      throw new ApiRefusal('missing_scope', {
        isViolation: true,
        extra: { needed: needed.join(','), provided: scopes.join(',') },
      });
    }
  }

  function run<M extends MethodName>(name: M, args: RawArguments): Answer {
    return methods[name](checkArguments(name, args));
  }

  return {
    call(name, token, args) {
      const method = methodOf(name);
      if (method === undefined) {
        throw new ApiRefusal('unknown_method', { isViolation: true, extra: { req_method: name } });
      }
      checkToken(method, token);
      checkScope(method, args);
      options.budgets?.spend(method, args['channel'] ?? args['channel_id']);
      return run(method, args);
    },
  };
}
