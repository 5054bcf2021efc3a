import { ATTACKS } from './attacks.ts';

/** The process of one attack: node attacker.ts <name> <url>. It prints what it did. */
const [, , name = '', url = ''] = process.argv;
const attack = ATTACKS[name];
if (!attack) throw new Error(`there is no attack "${name}"`);
process.stdout.write(await attack(url));
process.exit(0); // Connections that are still open would keep the process alive.
