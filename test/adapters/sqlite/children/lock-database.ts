import Database from 'better-sqlite3';
import { tell, told } from './tell.ts';

/** Another program that keeps a write transaction open on the file until it is told to release. */
const handle = new Database(process.argv[2]);
handle.exec('BEGIN IMMEDIATE');
tell('locked');
await told('release');
handle.exec('COMMIT');
handle.close();
tell('released');
