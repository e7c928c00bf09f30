import { loadSettings } from '../load-settings.ts';
import { type CommandIo, say, sayJson } from './command-io.ts';
import {
  type CheckContext,
  checkDatabase,
  checkEnvFile,
  checkFolder,
  checkModel,
  checkPort,
  checkRunning,
  checkSkills,
  checkUnused,
  modelChoice,
} from './doctor-checks.ts';
import { checkDiscord } from './doctor-discord.ts';
import { checkEngine } from './doctor-engine.ts';
import { type Finding, verdictOn } from './doctor-finding.ts';
import { checkProxy } from './doctor-proxy.ts';
import { checkSlack } from './doctor-slack.ts';
import { checkTelegram } from './doctor-telegram.ts';
import { exitCodes } from './exit-codes.ts';
import { describeProblem } from './settings-for-command.ts';
import { createSystemParts } from './system-parts.ts';

const marks = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM', unasked: 'unasked' } as const;

async function lookAtEverything(context: CheckContext): Promise<readonly Finding[]> {
  const chosen = modelChoice(context);
  const [running, port, model, proxy, engine, skills, slack, discord, telegram] = await Promise.all([
    checkRunning(context),
    checkPort(context),
    checkModel(context, chosen),
    checkProxy(context, chosen),
    checkEngine(context),
    checkSkills(context),
    checkSlack(context),
    checkDiscord(context),
    checkTelegram(context),
  ]);
  const findings: readonly (Finding | undefined)[] = [
    { check: 'settings', state: 'ok', message: 'are valid' },
    checkEnvFile(context),
    checkFolder(context),
    checkDatabase(context),
    running,
    port,
    model,
    ...proxy,
    ...engine,
    ...skills,
    ...slack,
    ...discord,
    ...telegram,
    ...checkUnused(context),
  ];
  return findings.filter((finding) => finding !== undefined);
}

/** `metaclaw doctor`: looks at everything a start needs, changes nothing but the data folder: makes it, and keeps a tokenizer there that it fetched. */
export async function runDoctor(io: CommandIo, { json }: { readonly json: boolean }): Promise<number> {
  const result = loadSettings(io);
  const findings: readonly Finding[] =
    result.kind === 'invalid'
      ? result.problems.map((problem) => ({
          check: 'settings',
          state: 'problem',
          message: describeProblem(problem),
        }))
      : await lookAtEverything({
          io,
          loaded: result.loaded,
          parts: createSystemParts(io, result.loaded, { level: 'silent' }),
        });
  const problems = findings.filter(({ state }) => state === 'problem').length;
  if (json) {
    sayJson(io, { ok: problems === 0, findings });
  } else {
    for (const { check, state, message } of findings) say(io, `${marks[state]}  ${check}: ${message}`);
    say(io, verdictOn(findings));
  }
  return problems === 0 ? exitCodes.ok : exitCodes.problem;
}
