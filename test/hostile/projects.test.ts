import { testGroup } from './groups.ts';

testGroup('projects');
