import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("note", sa.Column("title", sa.Text))
    op.execute("UPDATE note SET title = left(text, 20)")


def downgrade():
    op.drop_column("note", "title")
