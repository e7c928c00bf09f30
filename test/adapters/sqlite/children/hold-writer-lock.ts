import { acquireWriterLock } from '../../../../adapters/sqlite/writer-lock.ts';
import { tell, told } from './tell.ts';

/** A bot that runs: takes the writer lock, tells its address, and holds on until it is told to release. */
const lock = acquireWriterLock(process.argv[2] ?? '', { pid: process.pid });
lock.announce({ pid: process.pid, address: 'http://127.0.0.1:8787' });
tell('held');
await told('release');
lock.release();
tell('released');
