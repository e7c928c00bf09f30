import { createCrowd } from './crowd.ts';
import { listen } from './listen.ts';
import { loadPlatform } from './platform.ts';

/**
 * The load, in a process of its own: a platform with people on it. Prints where the platform and where the people are
 * told what to do, as one line of JSON.
 */

const [name = '', conversations = ''] = process.argv.slice(2);
const crowd = createCrowd(Number(conversations), () => performance.now());
const { address: platformAddress } = await (await loadPlatform(name)).serve(crowd);

const { address: controlAddress } = await listen((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  let answer: unknown = {};
  if (pathname === '/write') crowd.write(Number(searchParams.get('count')));
  else if (pathname === '/talk') crowd.talk();
  else if (pathname === '/forget') crowd.forget();
  else answer = crowd.report();
  response.end(JSON.stringify(answer));
});
process.stdout.write(`${JSON.stringify({ platformAddress, controlAddress })}\n`);
