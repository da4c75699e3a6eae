import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, settled, until } from '../chaos/world.ts';
import { whole } from './nodes.ts';

const SIZE_MIB = 192;
const CHUNK = Buffer.alloc(1 << 20);

const dataOf = (clusterDir: string): string => join(clusterDir, 'data1');

/** Fills a file system to its last byte; returns the file that does. */
const fill = (folder: string): string => {
  const file = join(folder, 'filler');
  const descriptor = openSync(file, 'w');
  try {
    for (let size = CHUNK.length; size >= 1; ) {
      try {
        writeSync(descriptor, CHUNK, 0, size);
      } catch {
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(descriptor);
  }
  return file;
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

export const disk: Fault = {
  says: 'the disk of one of three brokers is full (a tmpfs of 192 MiB, which needs the right to mount)',
  count: 2,
  nodes: 3,
  ground(clusterDir) {
    const folder = dataOf(clusterDir);
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m,mode=0700`, 'unjoin-chaos', folder]);
    return () => void execFileSync('umount', ['-l', folder]);
  },
  async harm(world) {
    const { cluster, count } = world;
    const broken: string[] = [];
    let ended = 0;
    for (let i = 0; i < count && world.goesOn(); i++) {
      fill(dataOf(cluster.dir));
      const full = world.strike(`${i + 1}: the disk of broker 1 is full`);
      // It ends at the first write that fails: its only folder of data is lost to it.
      const hasEnded = await until(() => !isAlive(cluster.pids()[0]), 60_000);
      const strike = world.strike(`${i + 1}: broker 1 ${hasEnded ? 'has ended' : 'goes on'}`);
      if (hasEnded) ended++;
      for (const one of [full, strike]) await settled(world, one);
      rmSync(join(dataOf(cluster.dir), 'filler'));
      if (!hasEnded) await cluster.kill(1);
      await pause(500);
      await cluster.restart(1);
      if (!(await whole(world))) broken.push(`copies were not whole again after: ${strike.what}`);
    }
    return { figures: { brokerEnded: ended }, broken };
  },
};
