// Run by npm before it packs: makes dist/ anew from the TypeScript, for installs that have no sources.
var childProcess = require('node:child_process');
var fs = require('node:fs');
var path = require('node:path');

var root = path.join(__dirname, '..');
fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
var result = childProcess.spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (result.error) throw result.error;
process.exitCode = result.status === null ? 1 : result.status;
