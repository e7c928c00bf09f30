import { type ModelBehaviour, modelContract } from '../../contract/model.ts';
import { type Behaviour, deltas, pause, refuse, say } from '../../fakes/openai/behaviours.ts';
import { createSubject } from './subject.ts';

const scripts: Readonly<Record<ModelBehaviour, Behaviour>> = {
  answers: say('A light', ' that warns ships.'),
  calls_tools: deltas(
    [
      {
        tool_calls: [
          { index: 0, id: 'call_a', type: 'function', function: { name: 'lookup', arguments: '{"wo' } },
        ],
      },
      { tool_calls: [{ index: 0, function: { arguments: 'rd":"lamp"}' } }] },
      {
        tool_calls: [
          { index: 1, id: 'call_b', type: 'function', function: { name: 'lookup', arguments: '' } },
        ],
      },
      { tool_calls: [{ index: 1, function: { arguments: '{"word":"fog"}' } }] },
    ],
    'tool_calls',
  ),
  fails_before_text: refuse(500),
  fails_after_text: { kind: 'stream', acts: [...say('A light').acts, { do: 'raw', bytes: 'data: }{\n\n' }] },
  hangs_before_text: { kind: 'hang', after: 'request' },
  hangs_after_text: pause(['A light']),
};

modelContract({
  name: 'openai over a fake server',
  async create(behaviour) {
    const { server, model, clock } = await createSubject([scripts[behaviour]]);
    return {
      model,
      async idle() {
        await server.idle();
        if (clock.waiting() > 0) throw new Error('a timer is left behind');
      },
      close: () => server.close(),
    };
  },
});
