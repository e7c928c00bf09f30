import { startNullEngine } from './null-engine.ts';

/** The null engine in a process of its own. Prints its address. */

const [positions = ''] = process.argv.slice(2);
const { address } = await startNullEngine({ positions: Number(positions) });
process.stdout.write(`${address}\n`);
