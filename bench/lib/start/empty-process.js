/** The least a process can be: it says that it lives, and waits. */
process.stdout.write('ready\n');
setInterval(() => {}, 60_000);
