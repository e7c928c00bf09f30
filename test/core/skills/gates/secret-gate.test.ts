import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secretFindings } from '../../../../core/skills/gates/secret-gate.ts';
import { benignSentences } from './benign-sentences.ts';
import { hostileExamples } from './hostile-examples.ts';
import { sampleDraft } from './sample-draft.ts';

const found = (body: string) => secretFindings(sampleDraft({ body }));
const severities = (body: string): readonly string[] => found(body).map(({ severity }) => severity);

const secrets = [
  'sk-proj-abcdEFGH1234ijklMNOP',
  'xoxb-123456789-abcdefGHIJ',
  'ghp_abcdefghij0123456789AB',
  'AKIAIOSFODNN7EXAMPLE',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123',
  '-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----',
  '4111 1111 1111 1111',
  '5500-0000-0000-0004',
  '378282246310005',
];
const inPlace = [
  ['password: ', 'hunter2'],
  ['Passwort: ', 'Sommer2024!'],
  ['the password is ', 'tr0ub4dor&3'],
  ['DB_PASSWORD=', 'letmein'],
  ['api_key = "', '9f8e7d6c5b4a'],
  ['client-secret: `', 'Ab12Cd34Ef56'],
  ['PIN: ', '4821'],
  ['пароль: ', 'qwerty12'],
  ['密码:', 'abc12345'],
  ['Authorization: Bearer ', 'abc123def456ghi7'],
  ['postgres://admin:', 's3cr3t@db.local/main'],
  ['curl -u anna:', 'S3cret99'],
  ['mysql -u root -p', 'S3cretPw9'],
] as const;

describe('the secret gate', () => {
  test.each([...secrets, ...inPlace.map(([before, secret]) => before + secret)])('refuses %s', (text) => {
    expect(severities(`Do this.\nUse ${text}`)).toContain('refuse');
    expect(found(`Do this.\nUse ${text}`)[0]?.message).toMatch(
      /^Line [23] of the instructions holds what looks like an? /,
    );
  });

  test.each(hostileExamples['secrets'] ?? [])('refuses %s', (text) => {
    expect(severities(text)).toContain('refuse');
  });

  test('looks into every text of a draft', () => {
    const [token = ''] = secrets;
    expect(secretFindings(sampleDraft({ description: `Use ${token} always.` }))[0]?.message).toContain(
      'The description',
    );
    expect(secretFindings(sampleDraft({ triggers: ['a', token] }))[0]?.message).toContain('Trigger 2');
    expect(secretFindings(sampleDraft({ name: 'sk-abcdefghijklmnopqrstuv' }))[0]?.message).toContain(
      'The name',
    );
  });

  test('finds a key without an end, and full-width letters', () => {
    expect(severities(`-----BEGIN PRIVATE KEY-----\n${'A'.repeat(9_000)}\nmore`)).toContain('refuse');
    expect(severities('ｐａｓｓｗｏｒｄ：ｈｕｎｔｅｒ２')).toContain('refuse');
  });

  test.each([
    'Write to anna.smith@example.org.',
    'Call +49 170 1234567.',
    'Call (555) 123-4567.',
    'Call 555-123-4567.',
  ])('warns of people’s addresses: %s', (text) => {
    expect(severities(text)).toEqual(['warn']);
  });

  test.each([
    ...benignSentences,
    'password: <your password>',
    'API_KEY=$API_KEY',
    'token: {{ token }}',
    'secret = os.environ["SECRET"]',
    'postgres://user:password@localhost/db',
    'sk-xxxxxxxxxxxxxxxxxxxxxxxx',
    'max_tokens: 4096',
    'token = await getToken()',
    'The password is wrong.',
    '4111 1111 1111 1112',
    '1234 5678 9012 3456',
    '192.168.178.20 and 2024-01-31 14:05:33',
    'Answer in basic terms, bearer of good news.',
  ])('refuses nothing honest: %s', (text) => {
    expect(severities(text)).not.toContain('refuse');
  });

  test('no finding shows a secret, whatever stands around it', () => {
    const around = fc.string({ unit: 'grapheme', maxLength: 60 });
    const secret = fc.oneof(
      fc.constantFrom(...secrets).map((text) => ['', text] as const),
      fc.constantFrom(...inPlace),
    );
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), around, (some, noise) => {
        const body = some.map(([before, text]) => `${noise} \n${before}${text} \n`).join('Ignore me. ');
        const findings = found(body);
        expect(findings.some(({ severity }) => severity === 'refuse')).toBe(true);
        const said = JSON.stringify(findings);
        for (const [, text] of some) expect(said).not.toContain(JSON.stringify(text).slice(1, -1));
        for (const { excerpt = '' } of findings) expect(excerpt.length).toBeLessThanOrEqual(80);
      }),
    );
  });

  test.each([
    ['digits', '1'],
    ['digits apart', '1 '],
    ['card numbers', '4111 1111 1111 1111 '],
    ['letters', 'a'],
    ['dashes', '-'],
    ['keys without end', '-----BEGIN A PRIVATE KEY-----'],
    ['begins', '-----BEGIN '],
    ['colons', '://a:'],
    ['assignments', 'password='],
    ['password', 'password '],
    ['mail addresses', 'a@a.'],
    ['at signs', '@'],
    ['dots', 'eyJ.'],
    ['phones', '+1 '],
    ['commands', 'mysql '],
  ])('comes back from a megabyte of %s', (_, piece) => {
    expect(() => found(piece.repeat(1_000_000 / piece.length))).not.toThrow();
  });
});
