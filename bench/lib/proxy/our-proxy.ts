import { createSystemParts } from '../../../config/cli/system-parts.ts';
import { type LoadedSettings, loadSettings } from '../../../config/load-settings.ts';
import { startBot } from '../../../config/start-bot.ts';

/**
 * The whole bot as `metaclaw start` runs it, with the proxy before one model server. Prints its address; ends in good
 * order when it is asked to. Arguments: the address of the model server, an empty folder for the data, the folder with
 * the only skills there are.
 */

const [upstream = '', homeFolder = '', skillsFolder = ''] = process.argv.slice(2);

function settings(): LoadedSettings {
  const upstreams = [{ name: 'stub', dialects: ['openai-chat'], baseUrl: `${upstream}/v1` }];
  const result = loadSettings({
    workingFolder: homeFolder,
    variables: {
      METACLAW_HOME: homeFolder,
      METACLAW_PORT: '0',
      METACLAW_MODEL_DISCOVER: 'false',
      METACLAW_SKILLS_SHIPPED: 'false',
      METACLAW_SKILLS_FOLDERS: skillsFolder,
      METACLAW_PROXY_UPSTREAMS: JSON.stringify(upstreams),
      METACLAW_LOG_LEVEL: 'warn',
    },
  });
  if (result.kind === 'loaded') return result.loaded;
  throw new Error(`The bench's settings are wrong: ${JSON.stringify(result.problems)}`);
}

const loaded = settings();
const { stdin, stdout, stderr } = process;
const io = { stdin, stdout, stderr, variables: {}, workingFolder: homeFolder };
const machine = { processId: process.pid, nodeVersion: process.versions.node, fetch, personName: 'bench' };
const parts = createSystemParts({ ...io, ...machine }, loaded);
const bot = await startBot({ ...machine, ...parts, loaded });
await bot.launched;
process.stdout.write(`${bot.address}\n`);
process.on('SIGTERM', () => void bot.stop().finally(() => process.exit()));
