import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Origin, readDefaults } from '../../config/load-settings.ts';
import { parseVariable, variableOf } from '../../config/setting-variables.ts';
import { leaves, mergeTrees, type Tree, treeWith, valueAt } from '../../config/settings-tree.ts';
import { mustLoad } from './settings-folder.ts';

const sources: readonly Origin[] = ['metaclaw.yaml', '.env', 'environment'];
// Those whose values must fit each other, and the map, whose sources are joined.
const apart = [
  'feedback.settleWeightsMinutes',
  'feedback.burstVotes',
  'feedback.polarity',
  'skills.retrieval',
  'calendar.googleClientId',
  'engine.profile',
  'engine.answers',
  'training.weights',
  'training.minSamples',
  'training.maxSamples',
  'training.minEachSign',
  'training.minPeople',
  'training.maxPersonPercent',
];
const known = leaves(readDefaults().tree).filter((leaf) => !apart.includes(leaf.path));

const special: Readonly<Record<string, (source: number) => string>> = {
  'http.host': (source) => `127.0.0.${source + 2}`,
  'http.publicUrl': (source) => `https://host${source}.example`,
  'judge.votes': (source) => String(source + 2),
  'judge.baseUrl': (source) => `https://judge${source}.example/v1`,
  'channels.telegram.mode': (source) => (source === 1 ? 'polling' : 'webhook'),
  'channels.telegram.allow': (source) => `telegram:user:${source}, telegram:chat:-${source + 1}`,
  'channels.slack.mode': (source) => (source === 1 ? 'socket' : 'http'),
  'channels.slack.threadPolicy': (source) => (source === 1 ? 'follow' : 'mention'),
  'channels.slack.allow': (source) => `slack:user:U0${source}, slack:team:T0${source + 1}`,
  'channels.slack.commandName': (source) => `/bot-${source}`,
  'channels.discord.threadPolicy': (source) => (source === 1 ? 'follow' : 'mention'),
  'channels.discord.guilds': (source) => `10123456789012345${source}`,
  'engine.samplerPath': (source) => `tinker://run/sampler_weights/${source}`,
  'engine.endpoint': (source) => (source === 1 ? 'native' : 'openai'),
  'engine.temperature': (source) => `0.${source + 1}`,
  'engine.topP': (source) => `0.${source + 1}`,
  'evolver.baseUrl': (source) => `https://evolver${source}.example/v1`,
  'evolver.policy': (source) => ['review', 'auto', 'off'][source] ?? '',
  'evolver.threshold': (source) => String(source + 2),
  'evolver.people': (source) => String(source + 2),
  'proxy.upstreams': (source) =>
    JSON.stringify([
      {
        name: `upstream${source}`,
        dialects: ['openai-chat'],
        baseUrl: `https://upstream${source}.example/v1`,
        models: ['*'],
        renames: {},
      },
    ]),
  'embeddings.baseUrl': (source) => `https://embeddings${source}.example/v1`,
  'schedule.timeZone': (source) => ['Europe/Berlin', 'Asia/Tokyo', 'America/Lima'][source] ?? '',
  'schedule.sleep': (source) => `2${source}:00-07:00`,
  'training.scope': (source) => (source === 1 ? 'space' : 'everywhere'),
  'training.method': (source) => ['kto', 'dpo', 'hindsight'][source] ?? '',
  'training.distillation': (source) => (source === 1 ? 'none' : 'hindsight'),
  'training.batchSize': (source) => String(source + 2),
  'training.groupSize': (source) => String(source + 2),
  'training.learningRate': (source) => `0.000${source + 1}`,
  'training.currency': (source) => ['EUR', 'CHF', 'NOK'][source] ?? '',
  'training.wordingCalls': (source) => String(source + 20),
  'gate.model': (source) => `gate ${source}`,
  'gate.baseUrl': (source) => `https://gate${source}.example/v1`,
  'skills.invalidation': (source) => (source === 1 ? 'scoped' : 'strict'),
  'digest.weekday': (source) => ['sunday', 'tuesday', 'friday'][source] ?? '',
  'learning.judge': (source) => ['slack', 'web', 'api'][source] ?? '',
  'learning.evolve': (source) => ['slack', 'web', 'api'][source] ?? '',
  'learning.trainLocal': (source) => ['slack', 'web', 'api'][source] ?? '',
  'learning.trainHosted': (source) => ['slack', 'web', 'api'][source] ?? '',
  'learning.export': (source) => ['slack', 'web', 'api'][source] ?? '',
  'feedback.burstSuspects': (source) => String(source + 2),
  maintainers: (source) => `telegram:${source}`,
  'log.level': (source) => ['debug', 'warn', 'error'][source] ?? 'silent',
  'proxy.maxBodyBytes': (source) => String(5_000 + source),
  'http.maxBodyBytes': (source) => String(5_000 + source),
};

/** A valid text for this setting that tells which source it came from. */
function textFor(path: string, defaultValue: unknown, source: number): string {
  const own = special[path];
  if (own !== undefined) return own(source);
  if (typeof defaultValue === 'boolean') return String(source === 1);
  if (typeof defaultValue === 'number') return String((path.endsWith('Ms') ? 2_000 : 1) + source);
  return `text ${source}`;
}

const choices = fc.uniqueArray(
  fc.record({ index: fc.nat(known.length - 1), given: fc.subarray([0, 1, 2], { minLength: 1 }) }),
  { maxLength: 14, selector: (choice) => choice.index },
);

test('environment before .env before metaclaw.yaml before default, for every setting', () => {
  fc.assert(
    fc.property(choices, (chosen) => {
      const winners = new Map<string, number>();
      let tree: Tree = {};
      const variables: Record<string, string>[] = [{}, {}, {}];
      for (const { index, given } of chosen) {
        const { path, value } = known[index]!;
        winners.set(path, Math.max(...given));
        for (const source of given) {
          const text = textFor(path, value, source);
          if (source === 0) tree = mergeTrees(tree, treeWith(path, parseVariable(text, value)));
          else variables[source]![variableOf(path)] = text;
        }
      }
      const { settings, origins } = mustLoad({
        yaml: JSON.stringify(tree),
        dotEnv: Object.entries(variables[1]!)
          .map(([name, text]) => `${name}='${text}'`)
          .join('\n'),
        variables: variables[2]!,
      });
      for (const { path, value } of known) {
        const winner = winners.get(path);
        expect(origins.get(path)).toBe(winner === undefined ? 'default' : sources[winner]);
        const expected = winner === undefined ? value : parseVariable(textFor(path, value, winner), value);
        expect(valueAt(settings, path)).toEqual(expected);
      }
    }),
    { numRuns: 150 },
  );
});

const trees = fc.letrec<{ tree: Tree; value: unknown }>((tie) => ({
  tree: fc.dictionary(fc.stringMatching(/^[a-d]$/), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.constant(null),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie('tree'),
  ),
})).tree;

test('merging changes neither argument, and every value comes from the upper tree where it has one', () => {
  fc.assert(
    fc.property(trees, trees, (under, over) => {
      const before = JSON.stringify([under, over]);
      const merged = mergeTrees(under, over);
      expect(JSON.stringify([under, over])).toBe(before);
      for (const { path, value } of leaves(over)) {
        if (value !== null) expect(valueAt(merged, path)).toEqual(value);
      }
      for (const { path, value } of leaves(under)) {
        const touched = leaves(over).some(
          (leaf) =>
            leaf.path === path || path.startsWith(`${leaf.path}.`) || leaf.path.startsWith(`${path}.`),
        );
        if (!touched && valueAt(over, path) === undefined) expect(valueAt(merged, path)).toEqual(value);
      }
      expect(mergeTrees(merged, {})).toEqual(merged);
    }),
    { numRuns: 1_000 },
  );
});
