import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createModelPattern } from '../../../adapters/upstream/model-pattern.ts';
import type { UpstreamSettings } from '../../../adapters/upstream/options.ts';
import { createCandidate, routeOf, targetsOf } from '../../../adapters/upstream/route.ts';
import { type Dialect, dialects } from '../../../core/domain/dialect.ts';

const pieces = fc.array(fc.constantFrom('a', 'b', '.', '*', '-', 'ab'), { maxLength: 6 });
const word = pieces.map((parts) => parts.join(''));

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\-]/g, String.raw`\$&`);
/** The same question, put to regular expressions. */
const isMeantBy = (pattern: string, model: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 's').test(model);

test('a pattern means what its stars and letters say', () => {
  fc.assert(
    fc.property(word, word, (pattern, model) => {
      expect(createModelPattern(pattern)(model)).toBe(isMeantBy(pattern, model));
    }),
    { numRuns: 2_000 },
  );
});

test('a long name takes no longer than its length asks for', () => {
  const pattern = createModelPattern(`${'*a'.repeat(30)}*b`);
  expect(pattern('a'.repeat(1_000_000))).toBe(false);
  expect(pattern(`${'a'.repeat(1_000_000)}b`)).toBe(true);
});

const settings = fc.record({
  dialects: fc.uniqueArray(fc.constantFrom(...dialects), { minLength: 1 }),
  models: fc.array(fc.constantFrom('*', 'a*', 'b', 'ab'), { maxLength: 2 }),
  renames: fc.dictionary(fc.constantFrom('a', 'b', 'constructor'), fc.constantFrom('x', 'y')),
  host: fc.constantFrom('one', 'two'),
  ownKey: fc.option(fc.constant('k'), { nil: undefined }),
  marks: fc.constantFrom<Pick<UpstreamSettings, 'isKeyless' | 'isAlone'>>(
    {},
    {},
    { isKeyless: true },
    { isAlone: true },
  ),
});
const candidates = fc.array(settings, { maxLength: 5 }).map((all) =>
  all.map(({ host, ownKey, marks, ...rest }, index) => {
    const upstream: UpstreamSettings = {
      ...rest,
      ...marks,
      name: `u${index}`,
      baseUrl: `https://${host}/v1`,
      ...(ownKey !== undefined && { ownKey }),
    };
    return { upstream, candidate: createCandidate(upstream, `https://${host}`) };
  }),
);
const model = fc.constantFrom('a', 'b', 'ab', 'abc', 'c', 'constructor', 'toString');
const dialect = fc.constantFrom<Dialect>(...dialects);

const serves = ({ models, renames }: UpstreamSettings, name: string): boolean =>
  Object.hasOwn(renames, name) || models.some((pattern) => isMeantBy(pattern, name));

/** Those that are asked for it, in whatever dialect. */
function servingOf(all: readonly UpstreamSettings[], name: string): readonly UpstreamSettings[] {
  const serving = all.filter((upstream) => serves(upstream, name));
  return serving.some((one) => one.isAlone === true)
    ? serving.filter((one) => one.isAlone === true)
    : serving;
}

describe('the route of a model', () => {
  test('holds exactly the upstreams that serve it in the dialect, in order; else says where it is served', () => {
    fc.assert(
      fc.property(candidates, dialect, model, (all, asked, name) => {
        const route = routeOf(
          all.map(({ candidate }) => candidate),
          asked,
          name,
        );
        const serving = servingOf(
          all.map(({ upstream }) => upstream),
          name,
        );
        const found = serving.filter((upstream) => upstream.dialects.includes(asked));
        const spoken = new Set(serving.flatMap((upstream) => upstream.dialects));
        if (found.length > 0)
          expect(route).toEqual({ kind: 'found', upstreams: found.map((one) => one.name) });
        else if (spoken.size > 0) {
          expect(route).toEqual({
            kind: 'other_dialect',
            dialects: dialects.filter((one) => spoken.has(one)),
          });
        } else expect(route).toEqual({ kind: 'none' });
      }),
      { numRuns: 1_000 },
    );
  });

  test('calls a model as the settings say, and else by its name', () => {
    fc.assert(
      fc.property(candidates, model, (all, name) => {
        for (const { candidate, upstream } of all) {
          expect(candidate.nameOf(name)).toBe(
            Object.hasOwn(upstream.renames, name) ? upstream.renames[name] : name,
          );
        }
      }),
    );
  });
});

test('our own names are asked of those only that were named for them', () => {
  const settings = { name: 'a', dialects: ['openai-chat'], baseUrl: 'http://a', renames: {} } as const;
  const serves = (models: readonly string[]) =>
    createCandidate({ ...settings, models }, 'http://a').serves('metaclaw/base');
  expect([serves(['*']), serves(['meta*']), serves(['metaclaw/base'])]).toEqual([false, false, true]);
});

describe('what is tried', () => {
  const key = fc.constantFrom('own', 'caller', 'own_or_caller');
  const callerKey = fc.constantFrom({}, { authorization: 'Bearer callers' });

  test('is the route, except that a caller’s key goes to one address at most', () => {
    fc.assert(
      fc.property(candidates, dialect, model, key, callerKey, (all, asked, name, which, callers) => {
        const list = all.map(({ candidate }) => candidate);
        const tried = targetsOf(list, { dialect: asked, model: name, key: which, callerKey: callers });
        const route = routeOf(list, asked, name);
        const inRoute = route.kind === 'found' ? route.upstreams : [];
        const names = tried.map((one) => one.name);
        expect(inRoute.filter((one) => names.includes(one))).toEqual(names);

        const isShown = (one: (typeof list)[number]): boolean =>
          'authorization' in callers &&
          !one.isKeyless &&
          (which === 'caller' || (which === 'own_or_caller' && !one.hasOwnKey));
        const shownAt = new Set(tried.filter(isShown).map((one) => one.origin));
        expect(shownAt.size).toBeLessThanOrEqual(1);
        const leftOut = list.filter((one) => inRoute.includes(one.name) && !names.includes(one.name));
        for (const one of leftOut) {
          expect(isShown(one)).toBe(true);
          expect(shownAt.has(one.origin)).toBe(false);
        }
        if (inRoute.length > 0) expect(names[0]).toBe(inRoute[0]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('without a model, is all that speaks the dialect', () => {
    fc.assert(
      fc.property(candidates, dialect, (all, asked) => {
        const tried = targetsOf(
          all.map(({ candidate }) => candidate),
          { dialect: asked, key: 'own', callerKey: {} },
        );
        expect(tried.map(({ name }) => name)).toEqual(
          all.flatMap(({ upstream }) => (upstream.dialects.includes(asked) ? [upstream.name] : [])),
        );
      }),
    );
  });
});
