/// What `hwinfo` 21.82 prints, shortened; names and numbers are nobody's.
enum HwinfoSample {
    static func text(memory: String = "16 GB", disk: String = "S0000DISK1", firmware: String = "M1AKT59A") -> String {
        """
        ============ start debug info ============
        libhd version 21.82 (x86-64) [7688]
        >> bios.4.1: vbe info
        ----- /proc/interrupts -----
           24:          1          0  IO-APIC   5-edge      ACPI:Ged
        01: None 00.0: 10105 BIOS
          Hardware Class: bios
          System Info: #1
            Product: "of the probes"
        =========== end debug info ============
        01: None 00.0: 10105 BIOS
          [Created at bios.186]
          Unique ID: rdCR.lZF+r4EgHp4
          Hardware Class: bios
          BIOS Keyboard LED Status:
            Scroll Lock: off
            Num Lock: off
            Caps Lock: off
          SMBIOS Version: 3.0
          BIOS Info: #0
            Vendor: "LENOVO"
            Version: "\(firmware)"
            Date: "07/30/2024"
            Start Address: 0xf0000
            ROM Size: 16 MB
            Features: 0x0d03000000013f8b9880
              PCI supported
              BIOS flashable
          System Info: #1
            Manufacturer: "LENOVO"
            Product: "10T7004LGE"
            Version: "ThinkCentre M720s"
            Serial: "PC0000AB"
            UUID: undefined, but settable
            Wake-up: 0x06 (Power Switch)
          Board Info: #2
            Manufacturer: "LENOVO"
            Product: "312D"
            Serial: "BOARDSERIAL"
          Config Status: cfg=new, avail=yes, need=no, active=unknown

        02: None 00.0: 10107 System
          [Created at sys.64]
          Hardware Class: system
          Model: "LENOVO 10T7004LGE"
          Formfactor: "desktop"

        09: None 00.0: 10102 Main Memory
          [Created at memory.74]
          Unique ID: rdCR.CxwsZFjVASF
          Hardware Class: memory
          Model: "Main Memory"
          Memory Range: 0x00000000-0x5e298ffff (rw)
          Memory Size: \(memory)

        18: PCI 1f.6: 0200 Ethernet controller
          [Created at pci.386]
          SysFS BusID: 0000:00:1f.6
          Hardware Class: network
          Model: "Intel Ethernet Connection (7) I219-V"
          Vendor: pci 0x8086 "Intel Corporation"
          Driver: "e1000e"
          Device File: eth0
          HW Address: 52:54:00:aa:bb:cc
          Permanent HW Address: 52:54:00:00:00:01
          Link detected: yes
          Config Status: cfg=new, avail=yes, need=no, active=unknown
          Attached to: #13 (Ethernet controller)

        20: SCSI 00.0: 10600 Disk
          [Created at block.255]
          Hardware Class: disk
          Model: "Samsung  SSD 860"
          Vendor: "Samsung"
          Device: "SSD 860"
          Serial ID: "\(disk)"
          Device File: /dev/sda (/dev/sg0)
          Device Files: /dev/sda, /dev/disk/by-id/ata-x
          Geometry (Logical): CHS 30401/255/63
          Size: 488397168 sectors a 512 bytes
          Capacity: 232 GB (250059350016 bytes)

        22: None 00.0: 10600 Disk
          Hardware Class: disk
          Model: "Disk"
          Device File: /dev/nvme0n1
          Size: 1000 sectors a 512 bytes

        23: None 00.0: 10103 CPU
          [Created at cpu.465]
          Hardware Class: cpu
          Arch: X86-64
          Vendor: "GenuineIntel"
          Model: 6.158.10 "Intel(R) Core(TM) i5-8400 CPU @ 2.80GHz"
          Clock: 2800 MHz
          BogoMips: 5599.85

        24: None 01.0: 10103 CPU
          Hardware Class: cpu
          Model: 6.158.10 "Intel(R) Core(TM) i5-8400 CPU @ 2.80GHz"
          Clock: 1337 MHz

        29: None 00.0: 10701 Ethernet
          [Created at net.126]
          SysFS ID: /class/net/eth0
          Hardware Class: network interface
          Model: "Ethernet network interface"
          Device File: eth0
          HW Address: 52:54:00:aa:bb:cc

        """
    }
}

enum LogSample {
    static let text = """
        ### 20261128-074501 linbo_update ###
        ## Sat Nov 28 07:45:01 UTC 2026 : Updating LINBO ...
        ### firmware info ###
        [    3.1] iwlwifi 0000:00:14.3: Direct firmware load for iwlwifi-QuZ-a0-hr-b0-77.ucode failed with error -2
        [    3.2] iwlwifi 0000:00:14.3: Direct firmware load for iwlwifi-QuZ-a0-hr-b0-76.ucode failed with error -2
        [    3.3] r8169 0000:02:00.0: Direct firmware load for rtl_nic/rtl8168h-2.fw failed with error -2
        [    3.4] r8169 0000:02:00.0: Direct firmware load for rtl_nic/rtl8168h-2.fw failed with error -2

        """
}
