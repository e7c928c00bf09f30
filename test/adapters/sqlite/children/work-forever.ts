import { eventId, turnId } from '../../../../core/domain/ids.ts';
import {
  sampleAt,
  sampleBody,
  sampleKey,
  sampleMessage,
  sampleRef,
  sampleSignal,
  sampleTurn,
} from '../../../contract/store-samples.ts';
import { openAt } from '../rig.ts';
import { tell } from './tell.ts';

/** Does a bot's writes over and over and tells each one that was acknowledged, until it is killed. */
const [path = '', run = ''] = process.argv.slice(2);
const { stores } = openAt(path);
const { inbox, turns, ledger, sessions, settings } = stores;

for (let round = 0; ; round += 1) {
  const name = `${run}-${round}`;
  await Promise.all(
    [`${name}-a`, `${name}-b`].map(async (id) => {
      const result = await inbox.accept(sampleMessage(id), sampleKey, sampleAt);
      tell(`accepted ${id} ${result.kind === 'stored' ? result.sequence : 'duplicate'}`);
    }),
  );
  await turns.open(sampleTurn(name, { eventIds: [eventId('web', `${name}-a`)] }));
  tell(`opened ${name}`);
  await turns.intend(turnId(name), 0, `${name}.0`, sampleBody(name), sampleAt);
  tell(`intended ${name}`);
  await turns.sent(turnId(name), 0, sampleRef(`reply-${name}`), sampleAt);
  tell(`sent ${name}`);
  await turns.answer(turnId(name), `answer ${name}`);
  tell(`answered ${name}`);
  await ledger.append(sampleSignal(name, { target: { kind: 'message', ref: sampleRef(`reply-${name}`) } }));
  tell(`signalled ${name}`);
  await turns.end(turnId(name), { state: 'done', endedAt: sampleAt });
  tell(`ended ${name}`);
  await settings.set('run', name, round);
  tell(`set ${name}`);
  await sessions.openSessions();
}
