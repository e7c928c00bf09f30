#!/usr/bin/env node
// Plain old JavaScript on purpose: this file must parse on any Node, so that it can say clearly which one is needed.
var parts = process.versions.node.split('.').map(Number);
// 23.0 to 23.5 came before 22.19 and do not run TypeScript yet.
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 19) || (parts[0] === 23 && parts[1] < 6)) {
  process.stderr.write(
    'MetaClaw needs Node 22.19 or newer; this is Node ' +
      process.versions.node +
      '.\nOn Linux "npm ci" brings a suitable one along: use "npm start" or "npm run -s metaclaw -- <command>".\n' +
      'Elsewhere install a current Node LTS from https://nodejs.org and try again.\n',
  );
  process.exit(1);
}

var fs = require('node:fs');
var path = require('node:path');
var url = require('node:url');
var nodeModule = require('node:module');

// Halves the start-up time from the second start on: Node keeps the compiled form of every module.
if (nodeModule.enableCompileCache) nodeModule.enableCompileCache();

// A checkout runs the TypeScript itself; a packed install has only what the compiler made of it.
var source = path.join(__dirname, '..', 'main.ts');
var built = path.join(__dirname, '..', 'dist', 'main.js');

import(url.pathToFileURL(fs.existsSync(source) ? source : built).href)
  .then(function (main) {
    return main.runCommandLine(process.argv);
  })
  .catch(function (error) {
    process.stderr.write(String((error && error.stack) || error) + '\n');
    process.exitCode = 70;
  });
