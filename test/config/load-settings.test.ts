import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSettings, type Origin, readDefaults } from '../../config/load-settings.ts';
import { settingsSchema } from '../../config/schema.ts';
import { variableOf } from '../../config/setting-variables.ts';
import { leaves } from '../../config/settings-tree.ts';
import { unusedSecrets } from '../../config/unused-secrets.ts';
import { load, mustFail, mustLoad, temporaryFolder } from './settings-folder.ts';

describe('defaults', () => {
  test('with nothing configured the promised starting values are in force', () => {
    const { settings, secrets, origins } = mustLoad();
    expect(settings).toMatchObject({
      home: './data',
      maintainers: [],
      http: { host: '127.0.0.1', port: 8787, publicUrl: '' },
      model: { discover: true, fallbacks: [] },
      skills: { topK: 6, budgetTokens: 1200 },
      session: { gapMinutes: 120 },
      intake: { burstMs: 1500, laneBound: 20 },
      feedback: { settleSkillsMinutes: 10, settleWeightsMinutes: 1440 },
      channels: {
        web: { enabled: true },
        slack: { mode: 'socket', threadPolicy: 'follow', allow: [], commandName: '/metaclaw' },
        telegram: { mode: 'polling', allow: [] },
      },
      log: { level: 'info' },
    });
    expect(secrets).toEqual({});
    expect(new Set(origins.values())).toEqual(new Set<Origin>(['default']));
  });

  test('default.yaml and the schema hold the same keys', () => {
    const keysOf = (schema: unknown, prefix: string): string[] => {
      const shape: unknown = Reflect.get(Object(Reflect.get(Object(schema), 'def')), 'innerType') ?? schema;
      const fields: unknown = Reflect.get(Object(shape), 'shape');
      if (typeof fields !== 'object' || fields === null) return [prefix];
      return Object.entries(fields).flatMap(([key, inner]) =>
        keysOf(inner, prefix === '' ? key : `${prefix}.${key}`),
      );
    };
    const inSchema = keysOf(settingsSchema, '');
    expect(inSchema.length).toBeGreaterThan(25);
    expect(inSchema).toEqual(leaves(readDefaults().tree).map((leaf) => leaf.path));
  });

  test('the settings and all groups and lists in them are frozen', () => {
    const { settings } = mustLoad({ yaml: 'model:\n  fallbacks: [a, b]\n' });
    const unfrozen = (value: unknown, path: string): string[] =>
      typeof value === 'object' && value !== null
        ? [
            ...(Object.isFrozen(value) ? [] : [path]),
            ...Object.entries(value).flatMap(([key, inner]) => unfrozen(inner, `${path}.${key}`)),
          ]
        : [];
    expect(unfrozen(settings, 'settings')).toEqual([]);
  });

  test('every variable belongs to one setting', () => {
    const names = leaves(readDefaults().tree).map((leaf) => variableOf(leaf.path));
    expect(new Set(names).size).toBe(names.length);
    expect(variableOf('home')).toBe('METACLAW_HOME');
    expect(variableOf('http.port')).toBe('METACLAW_PORT');
    expect(variableOf('skills.topK')).toBe('METACLAW_SKILLS_TOP_K');
  });
});

describe('precedence', () => {
  test('secrets: environment before .env; an empty variable is no variable', () => {
    const { secrets, origins } = mustLoad({
      dotEnv: 'OPENAI_API_KEY="from file # one"\nOPENAI_MODEL=file-model\nTELEGRAM_BOT_TOKEN=\n',
      variables: { OPENAI_API_KEY: 'from process', OPENAI_MODEL: '', DISCORD_BOT_TOKEN: 'd.d.d' },
    });
    expect(secrets).toEqual({
      OPENAI_API_KEY: 'from process',
      OPENAI_MODEL: 'file-model',
      DISCORD_BOT_TOKEN: 'd.d.d',
    });
    expect(origins.get('OPENAI_API_KEY')).toBe('environment');
    expect(origins.get('OPENAI_MODEL')).toBe('.env');
    expect(origins.has('TELEGRAM_BOT_TOKEN')).toBe(false);
    expect(Object.isFrozen(secrets)).toBe(true);
  });

  test('an empty group or value in metaclaw.yaml keeps the default', () => {
    const { settings, origins } = mustLoad({ yaml: '# mine\nskills:\nhttp:\n  port:\n' });
    expect(settings.skills.topK).toBe(6);
    expect(settings.http.port).toBe(8787);
    expect(origins.get('http.port')).toBe('default');
    expect(mustLoad({ yaml: '' }).settings).toEqual(settings);
  });

  test('the data folder is resolved from the working folder', () => {
    const folder = temporaryFolder();
    const result = loadSettings({ workingFolder: folder, variables: { METACLAW_HOME: 'elsewhere/state' } });
    expect(result.kind === 'loaded' && result.loaded.homeFolder).toBe(join(folder, 'elsewhere/state'));
  });
});

describe('problems', () => {
  test('all problems of all sources come back at once, each with place, path and remedy', () => {
    const problems = mustFail({
      yaml: 'skills:\n  topk: 3\n  budgetTokens: lots\nsesion:\n  gapMinutes: 5\nintake:\n  laneBound: 0\nlog:\n  level: loud\n',
      dotEnv: 'METACLAW_PORT=many\n',
      variables: { METACLAW_SKILLS_TOPK: '3', METACLAW_MODEL_DISCOVER: 'perhaps' },
    });
    const told = problems.map(({ path, where, message }) => `${path} (${where}) ${message}`);
    expect(told).toEqual(
      expect.arrayContaining([
        'skills.topk (metaclaw.yaml:2:9) is not a setting. Did you mean skills.topK?',
        'skills.budgetTokens (metaclaw.yaml:3:17) expects a number, not text.',
        'sesion (metaclaw.yaml:5:3) is not a setting. Did you mean session?',
        'intake.laneBound (metaclaw.yaml:7:14) must be at least 1, not 0.',
        'log.level (metaclaw.yaml:9:10) must be one of debug, info, warn, error, silent.',
        'http.port (METACLAW_PORT in .env) expects a number, not text.',
        'model.discover (METACLAW_MODEL_DISCOVER in the environment) expects true or false, not text.',
        'METACLAW_SKILLS_TOPK (environment) is not a setting. Did you mean METACLAW_SKILLS_TOP_K?',
      ]),
    );
    expect(problems).toHaveLength(8);
  });

  test.each([
    [
      'a list where a group belongs',
      'skills: [1]',
      'skills',
      'expects a group of settings, each on an indented line of its own, not a list.',
    ],
    [
      'text where a list belongs',
      'maintainers: telegram:1',
      'maintainers',
      'expects a list, such as [one, two], not text.',
    ],
    ['a fraction', 'skills: {topK: 1.5}', 'skills.topK', 'expects a whole number, not the number 1.5.'],
    ['a port out of range', 'http: {port: 99999}', 'http.port', 'must be at most 65535, not 99999.'],
    ['an empty text', "http: {host: ''}", 'http.host', 'must not be empty.'],
    [
      'an address without TLS',
      'http: {publicUrl: "http://x"}',
      'http.publicUrl',
      'expects an https address, such as https://bot.example.org.',
    ],
    [
      'one bad entry of a list',
      'channels: {telegram: {allow: ["telegram:user:1", bob]}}',
      'channels.telegram.allow.1',
      'expects telegram:user:<id> or telegram:chat:<id> with the number that Telegram gives.',
    ],
    [
      'a person of Slack under a name',
      'channels: {slack: {allow: ["slack:team:T012", "slack:user:ada"]}}',
      'channels.slack.allow.1',
      'expects slack:user:<id> or slack:team:<id> with the id that Slack gives, such as slack:user:U012AB3CD.',
    ],
    [
      'a slash command with blanks',
      'channels: {slack: {commandName: /meta claw}}',
      'channels.slack.commandName',
      'expects a slash and 1 to 31 lower-case letters, digits, - or _, such as /metaclaw.',
    ],
    [
      'a known name in another group',
      'http: {burstMs: 5}',
      'http.burstMs',
      'is not a setting. Did you mean intake.burstMs?',
    ],
    [
      'a name that is like nothing',
      'zebra: 1',
      'zebra',
      'is not a setting. docs/settings.md lists them all; take this one out.',
    ],
    [
      'the prototype',
      '"__proto__": {polluted: true}',
      '__proto__',
      'is not a setting. docs/settings.md lists them all; take this one out.',
    ],
  ])('%s is refused', (_, yaml, path, message) => {
    const problems = mustFail({ yaml });
    expect(problems.map((problem) => [problem.path, problem.message])).toEqual([[path, message]]);
    expect(problems[0]?.where).toMatch(/^metaclaw\.yaml:1:\d+$/);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test.each([
    ['a broken line', 'skills:\n  topK: 6\n bad: [1\n', 3],
    ['a tab for indentation', 'skills:\n\ttopK: 6\n', 2],
    ['a key twice', 'home: a\nhome: b\n', 2],
    ['an alias', 'home: &h x\npersona: *h\n', 1],
    ['two documents', 'home: a\n---\nhome: b\n', 2],
    ['a plain text', 'just words', 1],
    ['a list', '- a\n- b\n', 1],
    ['a tag nobody knows', 'home: !!js/function "x"\n', 1],
  ])('a file with %s gives no settings but the line to mend', (_, yaml, line) => {
    const problems = mustFail({ yaml });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]?.where).toMatch(new RegExp(`^metaclaw\\.yaml:${line}:\\d+$`));
    expect(problems[0]?.message.length).toBeGreaterThan(20);
  });

  test('a broken file does not hide the problems of the other sources', () => {
    const problems = mustFail({ yaml: 'a: [', variables: { METACLAW_PORT: '-1' } });
    expect(problems.map((problem) => problem.where)).toContain('METACLAW_PORT in the environment');
  });

  test('a file under the other ending, and a folder in place of a file, are pointed out', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'metaclaw.yml'), 'home: x\n');
    mkdirSync(join(folder, '.env'));
    const result = loadSettings({ workingFolder: folder, variables: {} });
    expect(
      result.kind === 'invalid' && result.problems.map(({ where, message }) => `${where} ${message}`),
    ).toEqual([
      'metaclaw.yml is not read under this name; rename it to metaclaw.yaml.',
      '.env .env cannot be read (EISDIR); make it a file that you may read.',
    ]);
  });

  test('no text whatever makes loading throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.stringMatching(/^[\s\w:#&*!|>{}[\],"'%@-]*$/)),
        (yaml) => {
          const result = load({ yaml });
          expect(['loaded', 'invalid']).toContain(result.kind);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('secrets in the wrong place', () => {
  test.each([
    ['OPENAI_API_KEY: my-value', 'OPENAI_API_KEY', 'OPENAI_API_KEY'],
    ['model: {apiKey: my-value}', 'model.apiKey', 'OPENAI_API_KEY'],
    ['model: {baseUrl: my-value}', 'model.baseUrl', 'OPENAI_BASE_URL'],
    ['model: {name: my-value}', 'model.name', 'OPENAI_MODEL'],
    ['channels: {telegram: {botToken: my-value}}', 'channels.telegram.botToken', 'TELEGRAM_BOT_TOKEN'],
    ['channels: {web: {password: my-value}}', 'channels.web.password', 'METACLAW_WEB_PASSWORD'],
  ])('%s is an error that says where it belongs and does not show it', (yaml, path, name) => {
    const problems = mustFail({ yaml });
    expect(problems).toEqual([
      {
        path,
        where: expect.stringMatching(/^metaclaw\.yaml:1:\d+$/),
        message: `does not belong into this file. Take it out here and set ${name} in the environment or in .env.`,
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain('my-value');
  });

  test('a text that looks like a credential is refused wherever it stands, and not shown', () => {
    const token = `sk-${'a1'.repeat(16)}`;
    const problems = mustFail({ yaml: `persona: "use ${token}"\nmodel:\n  fallbacks: ["${token}"]\n` });
    expect(problems.map((problem) => problem.path)).toEqual(['persona', 'model.fallbacks']);
    expect(JSON.stringify(problems)).not.toContain(token);
  });
});

describe('settings that do not go together', () => {
  test.each(['0.0.0.0', '192.168.1.4', '::', 'bot.example.org'])(
    'the page on %s needs a password',
    (host) => {
      const yaml = `http: {host: "${host}"}`;
      expect(mustFail({ yaml }).map(({ path }) => path)).toEqual(['http.host']);
      expect(mustFail({ yaml })[0]?.message).toContain('METACLAW_WEB_PASSWORD');
      expect(
        mustLoad({ yaml, variables: { METACLAW_WEB_PASSWORD: 'correct horse' } }).settings.http.host,
      ).toBe(host);
      expect(mustLoad({ yaml: `${yaml}\nchannels: {web: {enabled: false}}` }).settings.http.host).toBe(host);
    },
  );

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('the page on %s needs none', (host) => {
    expect(mustLoad({ yaml: `http: {host: "${host}"}` }).settings.http.host).toBe(host);
  });

  test('a webhook needs a public address, once Telegram is on', () => {
    const yaml = 'channels: {telegram: {mode: webhook}}';
    mustLoad({ yaml });
    const token = { TELEGRAM_BOT_TOKEN: '123456:abc' };
    expect(mustFail({ yaml, variables: token }).map(({ path }) => path)).toEqual(['channels.telegram.mode']);
    mustLoad({ yaml: `${yaml}\nhttp: {publicUrl: "https://bot.example.org"}`, variables: token });
  });

  test('a server address must be one, and is not shown when it is not', () => {
    const problems = mustFail({ variables: { OPENAI_BASE_URL: 'ftp://me:hush@host' } });
    expect(problems.map(({ path, where }) => [path, where])).toEqual([['OPENAI_BASE_URL', 'environment']]);
    expect(JSON.stringify(problems)).not.toContain('hush');
  });

  test('the placeholder of an example is no key, and is told once', () => {
    for (const name of ['OPENAI_API_KEY', 'TELEGRAM_BOT_TOKEN', 'SLACK_BOT_TOKEN', 'DISCORD_BOT_TOKEN']) {
      const token = name === 'SLACK_BOT_TOKEN' ? { SLACK_APP_TOKEN: 'xapp-1-A-1-a' } : {};
      const problems = mustFail({
        variables: { ...token, [name]: name.startsWith('SLACK') ? 'xoxb-…' : '…' },
      });
      expect(problems.map(({ path }) => path)).toEqual([name]);
      expect(problems[0]?.message).toContain('example');
    }
  });

  test('a token of Slack without the one that switches it on is told to be without effect', () => {
    const app = { SLACK_APP_TOKEN: 'xapp-1-A-1-a' };
    expect(unusedSecrets(mustLoad({ variables: app }))).toEqual([
      'Slack stays off: SLACK_APP_TOKEN is set, but SLACK_BOT_TOKEN is not.',
    ]);
    expect(unusedSecrets(mustLoad({ variables: { ...app, SLACK_BOT_TOKEN: 'xoxb-1-a' } }))).toEqual([]);
  });

  test('a Telegram token has its form', () => {
    const [problem] = mustFail({ variables: { TELEGRAM_BOT_TOKEN: 'hush-hush' } });
    expect(problem?.path).toBe('TELEGRAM_BOT_TOKEN');
    expect(problem?.message).toContain('@BotFather');
    expect(problem?.message).not.toContain('hush');
  });

  test('training does not settle before skills', () => {
    expect(mustFail({ yaml: 'feedback: {settleSkillsMinutes: 90, settleWeightsMinutes: 60}' })[0]?.path).toBe(
      'feedback.settleWeightsMinutes',
    );
  });
});
