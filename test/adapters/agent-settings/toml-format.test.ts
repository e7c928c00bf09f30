import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { connect, disconnect, type Wish } from '../../../adapters/agent-settings/changes.ts';
import { tomlFormat } from '../../../adapters/agent-settings/toml-format.ts';

const table = { name: 'MetaClaw', base_url: 'http://127.0.0.1:8787/v1', http_headers: { 'x-key': 'mc_1' } };
const wishes: readonly Wish[] = [
  { path: ['model_providers', 'metaclaw'], value: table },
  { path: ['model_provider'], value: 'metaclaw' },
];
const made = (text: string): string => connect(tomlFormat, text, wishes).text;

describe('settings put into TOML', () => {
  test('a key goes above everything, a table below; the rest stays as it is', () => {
    const text = '# mine\napproval = "never" # really\n\n[mcp_servers.docs]\ncommand = "docs"\n';
    expect(made(text)).toBe(
      `model_provider = "metaclaw"\n${text}\n[model_providers.metaclaw]\nname = "MetaClaw"\nbase_url = "http://127.0.0.1:8787/v1"\n\n[model_providers.metaclaw.http_headers]\nx-key = "mc_1"\n`,
    );
  });

  test('an empty file has just that', () => {
    expect(parse(made(''))).toEqual({ model_provider: 'metaclaw', model_providers: { metaclaw: table } });
  });

  test('a key that is there gets another value; its comment stays', () => {
    const text = "a = 1\n  'model_provider'  = 'openai' # the default\n[t]\nmodel_provider = \"other\"\n";
    expect(made(text)).toContain(
      'a = 1\n  \'model_provider\'  = "metaclaw" # the default\n[t]\nmodel_provider = "other"',
    );
  });

  test('a line inside of a text that only looks like the key is left alone', () => {
    const text = 'note = """\nmodel_provider = "a"\n[model_providers.metaclaw]\n"""\nmodel_provider = "b"\n';
    expect(made(text)).toContain(
      'note = """\nmodel_provider = "a"\n[model_providers.metaclaw]\n"""\nmodel_provider = "metaclaw"\n',
    );
  });

  test('a table of that name is joined with ours, and comments of the next one stay with it', () => {
    const text =
      '[model_providers.metaclaw]\nname = "Old"\nretries = 3\n[model_providers.metaclaw.http_headers]\nx-own = "1"\n\n# of next\n[next]\nb = 1\n';
    const edited = made(text);
    expect(parse(edited)).toMatchObject({
      next: { b: 1 },
      model_providers: {
        metaclaw: { name: 'MetaClaw', retries: 3, http_headers: { 'x-own': '1', 'x-key': 'mc_1' } },
      },
    });
    expect(edited).toContain('# of next\n[next]\nb = 1\n');
  });

  test('Windows line breaks and a missing last one', () => {
    const edited = made('a = 1\r\n[t]\r\nb = 2');
    expect(parse(edited)).toMatchObject({ a: 1, t: { b: 2 } });
    expect(edited.replaceAll('\r\n', '')).not.toContain('\n');
  });

  test.each(['model_providers = { other = { name = "x" } }\n', 'model_provider = """\nopenai"""\n'])(
    'what it cannot edit is refused: %j',
    (text) => {
      expect(() => made(text)).toThrow(/cannot be edited here/);
    },
  );

  test('a group in its way is told', () => {
    expect(() => made('model_providers = 1\n')).toThrow(/“model_providers” is not a group/);
  });

  test('a broken text is refused with the place', () => {
    expect(() => tomlFormat.read('a = 1\nb = \n')).toThrow(/line 2, column/);
  });
});

const word = fc.stringMatching(/^[a-z_]{1,8}$/);
const scalar = fc.oneof(
  fc.integer({ min: -9, max: 9 }),
  fc.boolean(),
  fc.constantFrom(
    '',
    '# no',
    '[x]',
    'model_provider = "z"',
    'a\nmodel_provider = "q"\n[model_providers.metaclaw]\n',
  ),
);
const anyText = fc
  .record({
    keys: fc.dictionary(word, scalar, { maxKeys: 3, noNullPrototype: true }),
    held: fc.constantFrom({}, { model_provider: 'openai' }),
    tables: fc.dictionary(word, fc.dictionary(word, scalar, { maxKeys: 3, noNullPrototype: true }), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    providers: fc.constantFrom(
      {},
      { model_providers: { other: { name: 'o' } } },
      { model_providers: { metaclaw: { name: 'theirs' }, z: { n: 1 } } },
    ),
    lead: fc.constantFrom('', '# a comment\n\n'),
    tail: fc.constantFrom('', '\n# the end', '\n# the end\n'),
    isWindows: fc.boolean(),
  })
  .map(({ keys, held, tables, providers, lead, tail, isWindows }) => {
    const tree = { ...keys, ...held, ...tables, ...providers };
    const multiline = stringify(tree).replace(
      /"a\\n(.*)\\n"/g,
      (_, inner: string) => `'''a\n${inner.replaceAll('\\n', '\n').replaceAll('\\"', '"')}\n'''`,
    );
    const text = `${lead}${multiline}${tail}`;
    return isWindows ? text.replaceAll('\n', '\r\n') : text;
  });
const commentCount = (text: string): number => text.match(/# (?:a comment|the end)/g)?.length ?? 0;

describe('any TOML', () => {
  test('says the wishes and nothing else differently', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const before = parse(text);
        const after = parse(made(text));
        const { model_provider: _a, model_providers: providersBefore, ...rest } = before;
        const { model_provider: chosen, model_providers: providers, ...restAfter } = after;
        expect(restAfter).toEqual(rest);
        expect(chosen).toBe('metaclaw');
        expect(providers).toEqual({ ...Object(providersBefore), metaclaw: table });
        expect(commentCount(made(text))).toBe(commentCount(text));
      }),
    );
  });

  test('loses only what was put in, also where somebody has added to it since', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { text: edited, changes } = connect(tomlFormat, text, wishes);
        const since = `theirs_since = 1\n${edited}\n[since]\nc = 3\n`;
        const left = disconnect(tomlFormat, since, changes, text);
        expect(parse(left ?? '')).toEqual({ ...parse(text), theirs_since: 1, since: { c: 3 } });
        expect(commentCount(left ?? '')).toBe(commentCount(text));
      }),
    );
  });
});
