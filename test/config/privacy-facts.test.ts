import { expect, test } from 'vitest';
import { apiCapabilities } from '../../config/api-capabilities.ts';
import { contentPolicy, platformNames } from '../../config/platform-terms.ts';
import { privacyOn } from '../../config/privacy-facts.ts';
import { conversation, fakeWorld, privacyReport } from '../core/commands/command-fixtures.ts';
import { told } from '../core/commands/told.ts';

const policy = contentPolicy({
  judge: ['api'],
  evolve: ['api', 'web'],
  trainLocal: [],
  trainHosted: [],
  export: [],
});
const report = { ...privacyReport, carriedOut: ['judge', 'evolve'] } as const;
const proxy = {
  recipients: [
    {
      what: 'the model server “azure” of the proxy',
      address: 'azure.example',
      receives: 'what programs send',
      isLocal: false,
    },
  ],
};

test.each(platformNames.filter((platform) => platform !== 'api'))(
  'on %s nothing of the proxy is told, as nothing goes there',
  (platform) => {
    expect(privacyOn(platform, proxy, policy, report)).toBe(report);
  },
);

test('to programs that call: where their words go first, and what becomes of them by their key', async () => {
  const text = await told('privacy', fakeWorld({ privacy: privacyOn('api', proxy, policy, report) }), {
    conversation: { ...conversation, platform: 'api' },
    capabilities: apiCapabilities,
  });
  expect(text).toMatch(
    /Who else receives it\*\*\n- the model server “azure” of the proxy at azure\.example: what programs send\n- The model at /,
  );
  const agreed = 'yes, only if everybody whose words it would use has agreed by the key that they use';
  expect(text).toContain(`- A model rates my answers: ${agreed}\n`);
  expect(text).toContain(`- A model writes skills from what went wrong: ${agreed}\n`);
  expect(text).toContain('- Conversations leave as a data set: no, the operator has it off');
});

test('with the proxy off there is nothing more to tell', () => {
  expect(privacyOn('api', undefined, policy, report)).toBe(report);
});
