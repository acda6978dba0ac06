import sys

from lightwork_ui.app import main

sys.exit(main())
