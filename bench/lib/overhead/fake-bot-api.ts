import { createServer } from 'node:http';

/** The least of a Bot API server that a bot needs to answer messages. Prints its address once it listens. */

let messageId = 1_000_000;

function resultOf(method: string): unknown {
  switch (method) {
    case 'getMe':
      return { id: 1, is_bot: true, first_name: 'Bench', username: 'bench_bot' };
    case 'sendMessage':
    case 'editMessageText': {
      messageId += 1;
      return { message_id: messageId, date: 0, chat: { id: 1, type: 'private' }, text: '' };
    }
    default:
      return true;
  }
}

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const method = request.url?.split('/').at(-1)?.split('?')[0] ?? '';
    const body = JSON.stringify({ ok: true, result: resultOf(method) });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});

server.listen(0, '127.0.0.1', () => {
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
process.on('disconnect', () => process.exit());
