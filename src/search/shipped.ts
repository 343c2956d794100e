/**
 * Digests of the runbooks, parts and answers that any gonogo shipped, as `documentDigest` makes them: a copy of one in a repository shows
 * nothing of that repository. A changed document is added; none is ever removed.
 */
export const shippedDigests: ReadonlySet<string> = new Set([
  '1ddd98e163d2824b', // runbooks/examples/approvals.answers.yaml
  '17dd52e657d36604', // runbooks/examples/approvals.yaml
  'b199f8cf39a52685', // runbooks/examples/approvals.yaml
  'dfb7742b40478eb7', // runbooks/examples/canary.answers.yaml
  '1445578ba097b0f1', // runbooks/examples/canary.yaml
  'd57cc0af2bbbf086', // runbooks/examples/hosts.answers.yaml
  'bb5a4a1c1bb94c8a', // runbooks/examples/hosts.yaml
  '36c2da0c5723ef3b', // runbooks/examples/migration.answers.yaml
  '80f62a0c5ee04a77', // runbooks/examples/migration.yaml
  'afbf00b8312e9443', // runbooks/examples/parts/host.yaml
  '275a703c2f874a43', // runbooks/examples/restart-loop.answers.yaml
  'b9719ac4290c0f69', // runbooks/examples/restart-loop.yaml
  '74a0a5e60a4502c4', // runbooks/examples/service-down.answers.yaml
  '17eddbc3645b7e8d', // runbooks/examples/service-down.yaml
  'adddb3f3126d643a', // runbooks/gonogo-release.yaml
  '3f5097529fd8741d', // runbooks/gonogo-release.yaml
  'bffaa41dd9ae26e9', // runbooks/local-release.yaml
  '26eb66ab58c367db', // runbooks/local-release.yaml
  '05659b37b9920239', // runbooks/local-release/answers.yaml
  '8cb450f12fda8f25', // runbooks/examples/migration.yaml
  'cc15aeea85614c01', // runbooks/examples/parts/host.yaml
  '34fac5a059ae781b', // runbooks/examples/restart-loop.yaml
  '01f71e4c15d99dc1', // runbooks/local-release.yaml
  '46fb947c1f24597b', // runbooks/database-migration.drill.yaml
  '1c272fd542dda8fb', // runbooks/database-migration.yaml
  '51f11e2675f12922', // runbooks/django-nginx-release.drill.yaml
  '29a9b23f3997b003', // runbooks/django-nginx-release.yaml
  'c345d674d488c02f', // runbooks/compose-release.drill.yaml
  'd5edf8adfc96a02c', // runbooks/compose-release.yaml
  '1e2fb6d624e38c83', // runbooks/heroku-container-release.drill.yaml
  'a1e0c22f6655b4df', // runbooks/heroku-container-release.yaml
  '352b064119628194', // runbooks/npm-package-release.drill.yaml
  '92008be7b87ca4a6', // runbooks/npm-package-release.yaml
  '90bef07c3d08ab8c', // runbooks/static-site-release.drill.yaml
  'ee5c402266ee09dd', // runbooks/static-site-release.yaml
  'e8b4fc3b35f7d498', // runbooks/aws-ecs-release.drill.yaml
  'b6214b858f618215', // runbooks/aws-ecs-release.yaml
  '45502072154c5ab9', // runbooks/fullstack-release.drill.yaml
  '051defbd968bcc3c', // runbooks/fullstack-release.yaml
  '8a42525646168eac', // runbooks/kubernetes-release.drill.yaml
  '07a8120881df3210', // runbooks/kubernetes-release.yaml
  '712e29d71fa49174', // runbooks/aws-ecs-release.yaml
  '40ffae0af6c313c1', // runbooks/compose-release.yaml
  '80eb7cb2c77f7cda', // runbooks/fullstack-release.yaml
  '6b883e1007734369', // runbooks/heroku-container-release.yaml
  '81025983f47b46ef', // runbooks/aws-ecs-release.yaml
  'cdf3261402c0787b', // runbooks/compose-release.yaml
  '694c7433350ae37d', // runbooks/database-migration.yaml
  '169a61cde2a21928', // runbooks/django-nginx-release.yaml
  '9189865d4ffcf63f', // runbooks/fullstack-release.yaml
  'd3d09c3c9822feb2', // runbooks/heroku-container-release.yaml
  '3b843605b3725560', // runbooks/kubernetes-release.yaml
  '315cb9804a3975d7', // runbooks/npm-package-release.yaml
  'f264f71229b18366', // runbooks/static-site-release.yaml
]);
