from cucurbit.migrations.env import run

run()
