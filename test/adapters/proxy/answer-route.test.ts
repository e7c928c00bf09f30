import { describe, expect, test } from 'vitest';
import { answerRoute } from '../../../adapters/proxy/answer-route.ts';
import type { Dialect } from '../../../core/domain/dialect.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import type { OwnAnswerer } from '../../../core/ports/own-models.ts';
import type { UpstreamRoute } from '../../../core/ports/upstream.ts';
import { createScriptedModel } from '../../fakes/model/scripted-model.ts';

const caller = { spaceId: spaceId('api', 'local'), personId: personId('api', 'local'), name: 'this machine' };
const ours: OwnAnswerer = { kind: 'model', model: createScriptedModel([]) };
const theirs: OwnAnswerer = { kind: 'server', model: 'gpt-test' };

function routeTo(model: string, dialect: Dialect, answerer: OwnAnswerer, route: UpstreamRoute) {
  return () =>
    answerRoute(
      model,
      dialect,
      caller,
      { opening: 'Hello' },
      { upstream: { route: () => route }, ownModels: { answererOf: () => answerer } },
    );
}

describe('an endpoint that does not fit names the one that does, and who answers there', () => {
  test.each(['anthropic', 'openai-responses'] as const)(
    'what answers here itself is no server: %s',
    (dialect) => {
      const refused = routeTo('metaclaw/current', dialect, ours, { kind: 'none' });
      expect(refused).toThrow(
        `MetaClaw itself, which answers as metaclaw/current, does not speak ${dialect}`,
      );
      expect(refused).toThrow('Call POST /v1/chat/completions (openai-chat)');
      expect(refused).not.toThrow('server');
    },
  );

  test.each([
    ['metaclaw/base', theirs],
    ['gpt-test', ours],
  ] as const)('the server of %s', (model, answerer) => {
    const spoken = ['openai-chat', 'openai-responses'] as const;
    const refused = routeTo(model, 'anthropic', answerer, { kind: 'other_dialect', dialects: spoken });
    expect(refused).toThrow(`The model server of ${model} does not speak anthropic`);
    expect(refused).toThrow(
      'POST /v1/chat/completions (openai-chat) or POST /v1/responses (openai-responses)',
    );
  });
});
