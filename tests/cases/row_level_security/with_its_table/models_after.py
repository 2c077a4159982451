from sqlalchemy import MetaData


class Base:
    metadata = MetaData()
